import { Injectable } from '@nestjs/common';
import { Principal } from '#libs/access';
import { Clock, conflict } from '#libs/common';
import { Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { type Credential, type CredentialKind, credentialKinds } from '../credential.entity.js';
import { CredentialIssuer } from '../credential-issuer.js';
import { findLastToRetire, isLive, statusOf } from '../credential-lifetime.js';
import { ClientLock, type LockedClient } from '../registration/locked-client.js';

/** A client whose last credential might retire. */
export interface ClientAtRisk {
  readonly organizationId: string;
  readonly customerId: string;
  readonly clientId: string;
}

/**
 * Sees to it that no client is left without a working credential by a rotation. Only who revokes the last one, or gave
 * it an end, asked for that.
 */
@Injectable()
export class Succession {
  constructor(
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly clock: Clock,
  ) {}

  /**
   * @param kind of the credential that is rotated: one of another kind is no stand-in for it
   * @throws DomainError `conflict` when nothing works now, or nothing would when the last credential retires
   */
  mustLeaveOne(locked: LockedClient, kind: CredentialKind, problem: string): void {
    const now = this.clock.now();
    const credentials = locked.allOf(kind);
    if (credentials.some((one) => isLive(one, now)) && !findLastToRetire(credentials, now)) return;
    throw conflict(problem, 'would_leave_none');
  }

  /** Ends a credential and the tokens bought with it. Where it was to take the place of another, that one stays. */
  async revoke(caller: Principal, locked: LockedClient, credential: Credential): Promise<Credential> {
    const now = this.clock.now();
    const before = statusOf(credential, now);
    const revoked = await locked.change(credential, { revokedAt: now });
    await this.issuer.record(locked.transaction, caller, locked.client, 'credential.revoked', revoked);
    const old = locked.all().find(({ id }) => id === credential.replaces);
    if (before === 'active' && old && statusOf(old, now) === 'retiring') {
      await this.callOff(caller, locked, old, 'replacement_revoked');
    }
    await this.keepOne(caller, locked);
    return revoked;
  }

  /** Makes a retiring credential an active one again. */
  async callOff(
    caller: Principal,
    locked: LockedClient,
    old: Credential,
    reason: string,
  ): Promise<Credential> {
    const kept = await locked.change(old, { retiresAt: null, retireAfterQuietSeconds: null });
    const { transaction, client } = locked;
    await this.issuer.record(transaction, caller, client, 'credential.rotation_cancelled', kept, { reason });
    return kept;
  }

  /** Calls off the rotations whose end would leave the client without a working credential. */
  async keepOne(caller: Principal, locked: LockedClient): Promise<void> {
    for (const kind of credentialKinds) {
      for (;;) {
        const last = findLastToRetire(locked.allOf(kind), this.clock.now());
        if (!last) break;
        await this.callOff(caller, locked, last, 'nothing_else_works');
      }
    }
  }

  /** As keepOne, for a client that is not locked yet. */
  async keepOneOf({ organizationId, customerId, clientId }: ClientAtRisk): Promise<void> {
    const organization: OrganizationRef = { id: organizationId, customerId };
    await this.transactions.run({ organizationId }, async (transaction) => {
      await this.keepOne(
        Principal.system('schedule'),
        await this.lock.lock(transaction, organization, clientId),
      );
    });
  }
}
