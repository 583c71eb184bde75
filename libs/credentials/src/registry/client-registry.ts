import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock, Settings } from '#libs/common';
import { ChangeFeed } from '#libs/database';
import { ClientLoader } from './client-loader.js';
import type { RegisteredClient } from './registered-client.js';

interface Entry {
  readonly client: RegisteredClient;
  /** The state of its organization at loading; entries of an older one are out of date. */
  readonly organizationVersion: number;
}

interface Loading {
  readonly promise: Promise<RegisteredClient | null>;
  outdated: boolean;
}

/**
 * The clients in memory, by client id: bounded, filled on demand, kept true by the change feed. Clients that do not
 * exist are not remembered, so that one created a moment later is found at once.
 */
@Injectable()
export class ClientRegistry implements OnModuleInit {
  private readonly entries: LRUCache<string, Entry>;
  private readonly loadings = new Map<string, Loading>();
  private readonly organizationVersions = new Map<string, number>();

  constructor(
    private readonly loader: ClientLoader,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    @Inject(Settings) settings: Settings,
  ) {
    this.entries = new LRUCache({ max: settings.registryMaxClients });
  }

  async onModuleInit(): Promise<void> {
    this.feed.subscribe('client', (clientId) => this.forget(clientId));
    this.feed.subscribe('organization', (organizationId) => this.forgetOrganization(organizationId));
    this.feed.onGap(() => this.forgetAll());
    await this.feed.start();
  }

  /**
   * The client of that id, at once when it is in memory.
   *
   * @throws DomainError `unavailable` when the feed is stale beyond the grace, or the client is not in memory and the
   *   database is known to be away
   */
  find(clientId: string): RegisteredClient | null | Promise<RegisteredClient | null> {
    const freshness = this.feed.ensureFresh();
    if (freshness !== undefined) return freshness.then(() => this.findTrusted(clientId));
    return this.findTrusted(clientId);
  }

  /** Whether finding it asks nothing of the database while the feed flows. */
  has(clientId: string): boolean {
    const entry = this.entries.peek(clientId);
    return entry !== undefined && this.isTrue(entry);
  }

  private findTrusted(clientId: string): RegisteredClient | null | Promise<RegisteredClient | null> {
    const entry = this.entries.get(clientId);
    if (entry && this.isTrue(entry)) return entry.client;
    return this.loadings.get(clientId)?.promise ?? this.load(clientId);
  }

  private isTrue({ client, organizationVersion }: Entry): boolean {
    if (organizationVersion !== this.versionOf(client.organization.id)) return false;
    return client.changesAtMs === Number.POSITIVE_INFINITY || client.changesAtMs > this.clock.nowMs();
  }

  private load(clientId: string): Promise<RegisteredClient | null> {
    this.feed.mustReachDatabase();
    const loading: Loading = {
      outdated: false,
      promise: this.loader
        .load(clientId)
        .finally(() => this.loadings.delete(clientId))
        .then((client) => {
          // A change that arrived meanwhile may or may not be in what was read: read again.
          if (loading.outdated) return this.load(clientId);
          if (client) {
            const organizationVersion = this.versionOf(client.organization.id);
            // Not by what was asked for: that text may be a part of a request, and keep all of it, a secret too.
            this.entries.set(client.clientId, { client, organizationVersion });
          }
          return client;
        }),
    };
    this.loadings.set(clientId, loading);
    return loading.promise;
  }

  private forget(clientId: string): void {
    this.entries.delete(clientId);
    const loading = this.loadings.get(clientId);
    if (loading) loading.outdated = true;
  }

  private forgetOrganization(organizationId: string): void {
    this.organizationVersions.set(organizationId, this.versionOf(organizationId) + 1);
    for (const loading of this.loadings.values()) loading.outdated = true;
  }

  private forgetAll(): void {
    this.entries.clear();
    for (const loading of this.loadings.values()) loading.outdated = true;
  }

  private versionOf(organizationId: string): number {
    return this.organizationVersions.get(organizationId) ?? 0;
  }
}
