import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import type { Principal } from '#libs/access';
import { Client } from '#libs/clients';
import {
  type AllowedNetworks,
  admitsMore,
  Clock,
  conflict,
  notFound,
  type Page,
  type PageRequest,
} from '#libs/common';
import { fetchPage, Transactions } from '#libs/database';
import { Organization, type OrganizationRef } from '#libs/organizations';
import { Credential, isCredentialId } from './credential.entity.js';
import { type CredentialDraft, CredentialIssuer, type IssuedCredential } from './credential-issuer.js';
import { mustExpireLater, secondsAfter, statusOf } from './credential-lifetime.js';
import { mustKeepToMaxAge } from './credential-policy.js';
import { noticeTooLong } from './expiry-notices.js';
import { ClientLock } from './registration/locked-client.js';
import { Succession } from './rotation/succession.js';
import { CredentialUse } from './usage/credential-use.entity.js';

/** A credential, and how often it was used on each of the last 90 days on which it was. */
export interface CredentialWithUses {
  readonly credential: Credential;
  readonly uses: readonly CredentialUse[];
}

/** What of the credentials of a client is to be listed. */
export interface CredentialListFilter {
  /** Only those that work now and will have expired then. */
  readonly expiringWithinSeconds?: number;
}

/** What is to be changed of a credential; what is not given stays. */
export interface CredentialUpdate {
  readonly name?: string | null;
  readonly expiresAt?: Date | null;
  readonly allowedNetworks?: AllowedNetworks | null;
}

/** Issues, lists, changes and revokes the credentials of a client. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly succession: Succession,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives a client one more credential.
   *
   * @throws DomainError `not_found`, `forbidden` when the client may do more than the caller, `conflict` when the
   *   client has as many live credentials as it may, `invalid` for a secret or time that breaks a rule
   */
  async issue(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    draft: CredentialDraft,
  ): Promise<IssuedCredential> {
    mustExpireLater(draft.expiresAt, this.clock.now());
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { client } = await this.lock.lock(transaction, organization, clientId);
      await this.issuer.mustMayHandle(transaction.manager, caller, organization, client);
      await this.issuer.mustHaveRoom(transaction.manager, client);
      return this.issuer.issue(transaction, caller, client, draft, null);
    });
  }

  /** @throws DomainError `not_found` */
  async list(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    filter: CredentialListFilter,
    page: PageRequest,
  ): Promise<Page<Credential>> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const client = await manager.findOneBy(Client, { organizationId: organization.id, clientId });
      if (!client) throw notFound('client');
      const query = manager.createQueryBuilder(Credential, 'credential').where({ clientRowId: client.id });
      const { expiringWithinSeconds } = filter;
      if (expiringWithinSeconds !== undefined) {
        const now = this.clock.now();
        query
          .andWhere('credential.revokedAt is null and credential.expiresAt > :now', { now })
          .andWhere('credential.expiresAt <= :until', { until: secondsAfter(now, expiringWithinSeconds) })
          .andWhere('(credential.retiresAt is null or credential.retiresAt > :now)');
      }
      return fetchPage(query, page);
    });
  }

  /** @throws DomainError `not_found` */
  async get(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
  ): Promise<CredentialWithUses> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const client = await manager.findOneBy(Client, { organizationId: organization.id, clientId });
      if (!client) throw notFound('client');
      // Anything else would be an error of the database, and tell from an id that is merely unknown.
      const credential = isCredentialId(credentialId)
        ? await manager.findOneBy(Credential, { id: credentialId, clientRowId: client.id })
        : null;
      if (!credential) throw notFound('credential');
      const uses = await manager.find(CredentialUse, {
        where: { credentialId: credential.id, day: MoreThan(this.oldestDayBut(90)) },
        order: { day: 'ASC' },
      });
      return { credential, uses };
    });
  }

  /**
   * Renames a credential, moves its end or says where it may be used; what is not given stays. To let it live
   * longer or be used from more places takes as much as to issue it: who has the secret could keep what was lent to him.
   *
   * @throws DomainError `not_found`; `forbidden` when it is to do more, and the client may do more than the caller;
   *   `conflict` for one that is expired, retired or revoked, for it can't be revived,
   *   and where nothing would work any more after a rotation; `invalid` for an end beyond the maximum age
   */
  async update(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    changes: CredentialUpdate,
  ): Promise<Credential> {
    mustExpireLater(changes.expiresAt, this.clock.now());
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const locked = await this.lock.lock(transaction, organization, clientId);
      const before = locked.get(credentialId);
      this.mustBeLive(before);
      const { name = before.name, expiresAt = before.expiresAt } = changes;
      const { allowedNetworks = before.allowedNetworks } = changes;
      if (isLater(expiresAt, before.expiresAt) || admitsMore(before.allowedNetworks, allowedNetworks)) {
        await this.issuer.mustMayHandle(transaction.manager, caller, organization, locked.client);
      }
      const isMoved = expiresAt?.getTime() !== before.expiresAt?.getTime();
      if (isMoved) {
        const { settings } = await transaction.manager.findOneByOrFail(Organization, { id: organization.id });
        mustKeepToMaxAge(expiresAt, settings, before.createdAt);
      }
      const notices = isMoved ? { expiryNotedDays: noticeTooLong({ ...before, expiresAt }) } : {};
      const after = await locked.change(before, { name, expiresAt, allowedNetworks, ...notices });
      if (isMoved) {
        this.succession.mustLeaveOne(locked, after.kind, 'A rotation needs this credential to live longer.');
      }
      await this.issuer.record(transaction, caller, locked.client, 'credential.updated', after);
      return after;
    });
  }

  /**
   * Ends a credential and the tokens bought with it, at once, be it the last one; again does nothing.
   *
   * @throws DomainError `not_found`
   */
  async revoke(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
  ): Promise<Credential> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const locked = await this.lock.lock(transaction, organization, clientId);
      const credential = locked.get(credentialId);
      return credential.revokedAt ? credential : this.succession.revoke(caller, locked, credential);
    });
  }

  private mustBeLive(credential: Credential): void {
    const status = statusOf(credential, this.clock.now());
    if (status === 'active' || status === 'retiring') return;
    throw conflict(
      `The credential is ${status} and cannot be revived; issue a new one.`,
      'credential_not_live',
    );
  }

  private oldestDayBut(days: number): string {
    return secondsAfter(this.clock.now(), -days * 86_400)
      .toISOString()
      .slice(0, 10);
  }
}

/** Whether the one end comes after the other; null is never. */
function isLater(end: Date | null, than: Date | null): boolean {
  return than !== null && (end === null || end > than);
}
