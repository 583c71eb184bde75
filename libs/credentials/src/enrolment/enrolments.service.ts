import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import type { Principal } from '#libs/access';
import { AuditLog } from '#libs/audit';
import { Client } from '#libs/clients';
import {
  Clock,
  conflict,
  invalid,
  newRowId,
  notFound,
  type Page,
  type PageRequest,
  Sealer,
} from '#libs/common';
import { fetchPage, Housekeeping, type Transaction, Transactions } from '#libs/database';
import { Organization, type OrganizationRef } from '#libs/organizations';
import { isCredentialId } from '../credential.entity.js';
import { CredentialIssuer } from '../credential-issuer.js';
import { secondsAfter, statusOf } from '../credential-lifetime.js';
import { endOfNew } from '../credential-policy.js';
import { ClientLock, type LockedClient } from '../registration/locked-client.js';
import type { Overlap } from '../rotation/rotations.js';
import { EnrolmentCode } from './enrolment-code.entity.js';

const codePrefix = 'cle_';
const mostOpen = 20;
const keptDays = 90;

/** What the digest of a code is for; see Sealer.digests. */
export const codePurpose = 'enrolment code';

/** What may be said of a code and of the credential that is to come of it. */
export interface EnrolmentDraft {
  readonly name: string | null;
  readonly expiresInSeconds: number;
  /** Null: as the organization has it. */
  readonly credentialExpiresAt: Date | null;
  /** The id of the public key whose place the new one is to take, with how long that one then goes on. */
  readonly replaces: string | null;
  readonly overlap: Overlap;
}

/** A code in the only moment in which it is known. */
export interface CreatedEnrolment {
  readonly enrolment: EnrolmentCode;
  readonly code: string;
}

/** Makes, lists and revokes the codes by which machines register their public keys. */
@Injectable()
export class EnrolmentsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly audit: AuditLog,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.deleteWhere('enrolment_code', `expires_at < now() - interval '${keptDays} days'`);
  }

  /**
   * Makes a code for a client: who has it can act as the client soon, so the caller must be able to do as much.
   *
   * @throws DomainError `not_found`, `forbidden` when the client may do more than the caller, `conflict` when it has
   *   too many open codes or the credential to replace is no active public key, `invalid` for an end that breaks a rule
   */
  async create(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    draft: EnrolmentDraft,
  ): Promise<CreatedEnrolment> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const locked = await this.lock.lock(transaction, organization, clientId);
      await this.issuer.mustMayHandle(transaction.manager, caller, organization, locked.client);
      const code = codePrefix + randomBytes(32).toString('base64url');
      const enrolment = this.enrolmentOf(caller, locked, draft, code);
      await this.mustBePossible(locked, enrolment);
      await transaction.manager.insert(EnrolmentCode, enrolment as object);
      await this.record(transaction, caller, locked.client, 'enrolment.created', enrolment);
      return { enrolment, code };
    });
  }

  /** @throws DomainError `not_found` */
  async list(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    page: PageRequest,
  ): Promise<Page<EnrolmentCode>> {
    return this.transactions.read(caller.within(organization), async (manager) => {
      const client = await manager.findOneBy(Client, { organizationId: organization.id, clientId });
      if (!client) throw notFound('client');
      const query = manager.createQueryBuilder(EnrolmentCode, 'code').where({ clientRowId: client.id });
      return fetchPage(query, page);
    });
  }

  /**
   * Takes a code back; again does nothing.
   *
   * @throws DomainError `not_found`; `conflict` for one that was redeemed: revoke its credential instead
   */
  async revoke(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    enrolmentId: string,
  ): Promise<EnrolmentCode> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const { client } = await this.lock.lock(transaction, organization, clientId);
      const found = isCredentialId(enrolmentId)
        ? await transaction.manager.findOneBy(EnrolmentCode, { id: enrolmentId, clientRowId: client.id })
        : null;
      if (!found) throw notFound('enrolment');
      if (found.redeemedAt) {
        throw conflict('The code was redeemed; revoke the credential that came of it.', 'enrolment_redeemed');
      }
      if (found.revokedAt) return found;
      const revoked = { ...found, revokedAt: this.clock.now() };
      await transaction.manager.update(EnrolmentCode, { id: found.id }, { revokedAt: revoked.revokedAt });
      await this.record(transaction, caller, client, 'enrolment.revoked', revoked);
      return revoked;
    });
  }

  /** Tells the audit log what became of a code. */
  async record(
    transaction: Transaction,
    caller: Principal,
    { organizationId, clientId }: Client,
    action: string,
    enrolment: EnrolmentCode,
  ): Promise<void> {
    const { name, hint, expiresAt, replaces, credentialId } = enrolment;
    await this.audit.record(transaction, caller.actor, {
      organizationId,
      action,
      targetType: 'enrolment',
      targetId: enrolment.id,
      details: { clientId, name, hint, expiresAt, replaces, credentialId },
    });
  }

  private enrolmentOf(
    caller: Principal,
    { client }: LockedClient,
    draft: EnrolmentDraft,
    code: string,
  ): EnrolmentCode {
    const now = this.clock.now();
    return {
      id: newRowId(),
      organizationId: client.organizationId,
      clientRowId: client.id,
      name: draft.name,
      codeHash: this.sealer.digests(codePurpose, code)[0],
      hint: `${codePrefix}…${code.slice(-4)}`,
      createdBy: caller.clientId,
      createdAt: now,
      expiresAt: secondsAfter(now, draft.expiresInSeconds),
      revokedAt: null,
      redeemedAt: null,
      credentialId: null,
      credentialExpiresAt: draft.credentialExpiresAt,
      replaces: draft.replaces?.toLowerCase() ?? null,
      overlapSeconds: draft.overlap.overlapSeconds ?? null,
      retireAfterQuietSeconds: draft.overlap.retireAfterQuietSeconds ?? null,
    };
  }

  /** What is wrong with a code is said to who makes it, and not to the machine that comes with it. */
  private async mustBePossible(locked: LockedClient, enrolment: EnrolmentCode): Promise<void> {
    const { manager } = locked.transaction;
    const { expiresAt, credentialExpiresAt, organizationId, clientRowId, replaces } = enrolment;
    if (credentialExpiresAt && credentialExpiresAt <= expiresAt) {
      const message = `must be after the code itself ends, at ${expiresAt.toISOString()}`;
      throw invalid('The credential would have expired.', [{ path: 'credentialExpiresAt', message }]);
    }
    const { settings } = await manager.findOneByOrFail(Organization, { id: organizationId });
    endOfNew(credentialExpiresAt ?? undefined, settings, enrolment.createdAt, 'credentialExpiresAt');
    const old = replaces && locked.all().find(({ id }) => id === replaces);
    if (replaces && !(old && old.kind === 'public_key' && statusOf(old, this.clock.now()) === 'active')) {
      const message = 'must be the credentialId of an active public key of the client';
      throw invalid('The body is not valid.', [{ path: 'replaces', message }]);
    }
    const open = await manager.countBy(EnrolmentCode, {
      clientRowId,
      redeemedAt: IsNull(),
      revokedAt: IsNull(),
      expiresAt: MoreThan(this.clock.now()),
    });
    if (open < mostOpen) return;
    throw conflict(`The client has ${open} open enrolment codes, as many as it may.`, 'too_many_enrolments');
  }
}
