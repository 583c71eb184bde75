import { Injectable } from '@nestjs/common';
import { type EntityManager, MoreThan, MoreThanOrEqual } from 'typeorm';
import type { Principal } from '#libs/access';
import { Client } from '#libs/clients';
import { Clock, notFound } from '#libs/common';
import { Transactions } from '#libs/database';
import { Organization, type OrganizationRef, type OrganizationSettings } from '#libs/organizations';
import type { Credential } from '../credential.entity.js';
import { secondsAfter, statusOf } from '../credential-lifetime.js';
import { ClientCredentials } from '../registration/client-credentials.js';
import type { LockedClient } from '../registration/locked-client.js';
import { CredentialSource } from '../usage/credential-source.entity.js';
import { CredentialUse } from '../usage/credential-use.entity.js';

const usualUndoSeconds = 3_600;
const usualWithinSeconds = 3_600;
const mostSources = 100;

/** `none`: never rotated; `completed`: the old one has ended for good; `cancelled`: it is active again. */
export type RotationState = 'none' | 'retiring' | 'retired' | 'completed' | 'cancelled';

/** How far the rotation of a credential is, and who has still to change over. */
export interface Rotation {
  readonly state: RotationState;
  /** The one that is to end. */
  readonly old: Credential;
  readonly replacement: Credential | undefined;
  /** Until when the retirement can be undone. */
  readonly undoUntil: Date | null;
  /** Of how many seconds up to now `sources` tells. */
  readonly withinSeconds: number;
  /** From where the old one was used within that time; the latest first, a hundred at most. */
  readonly sources: readonly CredentialSource[];
  /** How many there are altogether. */
  readonly sourcesCount: number;
  /** Of the old one, by day. */
  readonly uses: readonly CredentialUse[];
}

/** Tells of rotations. */
@Injectable()
export class RotationReport {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found` */
  async get(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    withinSeconds?: number,
  ): Promise<Rotation> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const client = await manager.findOneBy(Client, { organizationId: organization.id, clientId });
      if (!client) throw notFound('client');
      const credentials = await ClientCredentials.read(manager, client);
      return this.tell(manager, credentials, credentials.get(credentialId), withinSeconds);
    });
  }

  /** As it is within a transaction that changes it. */
  of(locked: LockedClient, old: Credential): Promise<Rotation> {
    return this.tell(locked.transaction.manager, locked, old);
  }

  private async tell(
    manager: EntityManager,
    credentials: ClientCredentials,
    old: Credential,
    within?: number,
  ): Promise<Rotation> {
    const now = this.clock.now();
    const { settings } = await manager.findOneByOrFail(Organization, { id: old.organizationId });
    const replacement = credentials.findReplacement(old);
    const withinSeconds = within ?? old.retireAfterQuietSeconds ?? usualWithinSeconds;
    const [sources, sourcesCount] = await manager.findAndCount(CredentialSource, {
      where: {
        credentialId: old.id,
        lastUsedAt: MoreThanOrEqual(secondsAfter(now, -withinSeconds)),
        count: MoreThan(0),
      },
      order: { lastUsedAt: 'DESC', count: 'DESC' },
      take: mostSources,
    });
    const firstDay = (replacement?.createdAt ?? now).toISOString().slice(0, 10);
    const uses = await manager.find(CredentialUse, {
      where: { credentialId: old.id, day: MoreThanOrEqual(firstDay) },
      order: { day: 'ASC' },
    });
    const undoUntil = undoneUntil(old, settings);
    const state = stateOf(old, replacement, undoUntil, now);
    return { state, old, replacement, undoUntil, withinSeconds, sources, sourcesCount, uses };
  }
}

/** Until when the retirement of a credential can be undone; null when it has none. */
export function undoneUntil({ retiresAt }: Credential, settings: OrganizationSettings): Date | null {
  return retiresAt && secondsAfter(retiresAt, settings.rotationUndoSeconds ?? usualUndoSeconds);
}

function stateOf(
  old: Credential,
  replacement: Credential | undefined,
  undoUntil: Date | null,
  now: Date,
): RotationState {
  if (!replacement) return 'none';
  const status = statusOf(old, now);
  if (status === 'active') return 'cancelled';
  if (status === 'retired' && undoUntil && undoUntil > now) return 'retired';
  return status === 'retiring' ? 'retiring' : 'completed';
}
