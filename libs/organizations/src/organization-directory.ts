import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ChangeFeed } from '#libs/database';
import type { OrganizationRef } from './organization.entity.js';
import { OrganizationsService } from './organizations.service.js';

/** Some hundred bytes each. */
const mostRemembered = 10_000;

/**
 * Which organization a customer id means, in memory, for every request of an operator asks it. That it is still there is
 * for whoever then works on it to see.
 */
@Injectable()
export class OrganizationDirectory implements OnModuleInit {
  private readonly refs = new LRUCache<string, OrganizationRef>({ max: mostRemembered });
  private changes = 0;

  constructor(
    private readonly organizations: OrganizationsService,
    private readonly feed: ChangeFeed,
  ) {}

  async onModuleInit(): Promise<void> {
    this.feed.subscribe('organization', () => this.forgetAll());
    this.feed.onGap(() => this.forgetAll());
    await this.feed.start();
  }

  /**
   * The organization with that public key, or null.
   *
   * @throws DomainError `unavailable` when the feed is stale beyond the grace, or the organization is not in memory and
   *   the database is known to be away
   */
  async find(customerId: string): Promise<OrganizationRef | null> {
    await this.feed.ensureFresh();
    const known = this.refs.get(customerId);
    if (known) return known;
    const changesBefore = this.changes;
    const found = await this.organizations.find(customerId);
    if (!found) return null;
    const ref = { id: found.id, customerId };
    // After a change that came meanwhile, nobody knows what was read: the customer id may be another's by now.
    if (this.changes === changesBefore) this.refs.set(customerId, ref);
    return ref;
  }

  private forgetAll(): void {
    this.changes++;
    this.refs.clear();
  }
}
