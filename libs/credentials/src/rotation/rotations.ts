import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { Clock, conflict } from '#libs/common';
import { Transactions } from '#libs/database';
import { Organization, type OrganizationRef } from '#libs/organizations';
import type { Credential } from '../credential.entity.js';
import { CredentialIssuer, type IssuedCredential } from '../credential-issuer.js';
import { mustExpireLater, secondsAfter, statusOf } from '../credential-lifetime.js';
import { ClientLock, type LockedClient } from '../registration/locked-client.js';
import { CredentialSource } from '../usage/credential-source.entity.js';
import { type Rotation, RotationReport, undoneUntil } from './rotation-report.js';
import { Succession } from './succession.js';

const usualOverlapSeconds = 86_400;

/** For how long the old credential goes on working. */
export interface Overlap {
  /** At least, with a time of quiet; else exactly. */
  readonly overlapSeconds?: number;
  /** Until it was unused for so long. */
  readonly retireAfterQuietSeconds?: number;
}

/** What a caller may say of the credential that takes the place of another. */
export interface RotationDraft extends Overlap {
  /** That of the old one when it is not given. */
  readonly name?: string | null;
  /** Null: never; left out: as the organization has it. */
  readonly expiresAt?: Date | null;
}

/**
 * Rotates credentials in two phases: the old one goes on working beside the new one (`retiring`) and then ends
 * (`retired`). The one can be called off, the other be taken back for a while.
 */
@Injectable()
export class Rotations {
  constructor(
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly succession: Succession,
    private readonly report: RotationReport,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a new credential in the place of one, which goes on working for the overlap.
   *
   * @throws DomainError as CredentialsService.issue does; `conflict` for one that is not active, and where the new one
   *   would expire before the old one retires
   */
  async rotate(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    draft: RotationDraft,
  ): Promise<IssuedCredential> {
    mustExpireLater(draft.expiresAt, this.clock.now());
    return this.change(caller, organization, clientId, async (locked) => {
      const { transaction, client } = locked;
      await this.issuer.mustMayHandle(transaction.manager, caller, organization, client);
      const old = locked.get(credentialId);
      mustBeSecret(old);
      const { name = old.name, expiresAt } = draft;
      const replacement = { name, ...(expiresAt !== undefined && { expiresAt }) };
      // What bound the old one binds the new one: a rotation is no way around it.
      const kept = { allowedNetworks: old.allowedNetworks, ...(old.alg !== null && { alg: old.alg }) };
      return this.replace(caller, locked, old, draft, () =>
        this.issuer.issue(transaction, caller, client, { ...replacement, ...kept }, old.id),
      );
    });
  }

  /**
   * Has an active credential of a locked client retire, and puts what is issued in its place.
   *
   * @throws DomainError `conflict` as rotate does
   */
  async replace<T extends { readonly credential: Credential }>(
    caller: Principal,
    locked: LockedClient,
    old: Credential,
    overlap: Overlap,
    issue: () => Promise<T>,
  ): Promise<T> {
    const { transaction, client } = locked;
    this.mustBe('active', old, 'can be rotated');
    // Who used it before is none of this rotation's business, but known all the same.
    await transaction.manager.update(CredentialSource, { credentialId: old.id }, { count: 0 });
    const retiring = await this.retire(locked, old, overlap);
    if (statusOf(retiring, this.clock.now()) === 'retiring') {
      await this.issuer.mustHaveRoom(transaction.manager, client);
    }
    await this.issuer.record(transaction, caller, client, 'credential.retiring', retiring);
    const issued = await issue();
    locked.add(issued.credential);
    const problem =
      'The new credential would expire before the old one retires, and nothing else would work.';
    this.succession.mustLeaveOne(locked, old.kind, `${problem} Give a later expiresAt or a shorter overlap.`);
    return issued;
  }

  /**
   * Goes back: the new credential is revoked, with the tokens bought with it, and the old one is active again.
   *
   * @throws DomainError `not_found`; `forbidden` when the client may do more than the caller, who could else keep a
   *   secret alive that others replaced; `conflict` for one that is not retiring, or whose replacement is itself rotated
   */
  async cancel(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
  ): Promise<Rotation> {
    return this.change(caller, organization, clientId, async (locked) => {
      await this.issuer.mustMayHandle(locked.transaction.manager, caller, organization, locked.client);
      const old = locked.get(credentialId);
      this.mustBe('retiring', old, 'has a rotation to cancel');
      const replacement = locked.findReplacement(old);
      const status = replacement && statusOf(replacement, this.clock.now());
      if (status === 'retiring') {
        const words = 'The credential that replaces this one is retiring itself; settle that rotation first.';
        throw conflict(words, 'replacement_retiring');
      }
      const kept = await this.succession.callOff(caller, locked, old, 'cancelled');
      if (replacement && status === 'active') await this.succession.revoke(caller, locked, replacement);
      return this.report.of(locked, kept);
    });
  }

  /**
   * Ends the old credential now; the tokens bought with it live on.
   *
   * @throws DomainError `not_found`; `conflict` for one that is not retiring, or without which nothing would work
   */
  async complete(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
  ): Promise<Rotation> {
    return this.change(caller, organization, clientId, async (locked) => {
      const old = locked.get(credentialId);
      this.mustBe('retiring', old, 'has a rotation to complete');
      const retired = await locked.change(old, {
        retiresAt: this.clock.now(),
        retireAfterQuietSeconds: null,
        retirementNoted: true,
      });
      this.succession.mustLeaveOne(
        locked,
        old.kind,
        'No other credential of the client would go on working.',
      );
      await this.issuer.record(locked.transaction, caller, locked.client, 'credential.retired', retired, {
        reason: 'completed',
      });
      return this.report.of(locked, retired);
    });
  }

  /**
   * Brings the old credential back after it retired: it is retiring once more, or active where nothing else lasts
   * longer.
   *
   * @throws DomainError `not_found`, `forbidden` when the client may do more than the caller; `conflict` for one that
   *   has not retired, or too long ago, or when the client has as many live credentials as it may
   */
  async undo(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    overlap: Overlap,
  ): Promise<Rotation> {
    return this.change(caller, organization, clientId, async (locked) => {
      const { transaction, client } = locked;
      await this.issuer.mustMayHandle(transaction.manager, caller, organization, client);
      const old = locked.get(credentialId);
      this.mustBe('retired', old, 'can be brought back');
      await this.mustBeWithinWindow(locked, old);
      this.mustNotHaveExpired(old);
      await this.issuer.mustHaveRoom(transaction.manager, client);
      const back = await this.retire(locked, old, {
        ...(old.retireAfterQuietSeconds !== null && { retireAfterQuietSeconds: old.retireAfterQuietSeconds }),
        ...overlap,
      });
      await this.issuer.record(transaction, caller, client, 'credential.retirement_undone', back);
      await this.succession.keepOne(caller, locked);
      return this.report.of(locked, locked.get(old.id));
    });
  }

  /** @throws DomainError `not_found` */
  async get(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    withinSeconds?: number,
  ): Promise<Rotation> {
    return this.report.get(caller, organization, clientId, credentialId, withinSeconds);
  }

  private change<T>(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    work: (locked: LockedClient) => Promise<T>,
  ): Promise<T> {
    return this.transactions.run(caller.within(organization), async (transaction) =>
      work(await this.lock.lock(transaction, organization, clientId)),
    );
  }

  private retire(locked: LockedClient, old: Credential, overlap: Overlap): Promise<Credential> {
    const { retireAfterQuietSeconds: quietSeconds } = overlap;
    const overlapSeconds = overlap.overlapSeconds ?? (quietSeconds === undefined ? usualOverlapSeconds : 0);
    return locked.change(old, {
      retiresAt: secondsAfter(this.clock.now(), Math.max(overlapSeconds, quietSeconds ?? 0)),
      retireAfterQuietSeconds: quietSeconds ?? null,
      retirementNoted: false,
    });
  }

  private mustBe(wanted: 'active' | 'retiring' | 'retired', credential: Credential, can: string): void {
    const status = statusOf(credential, this.clock.now());
    if (status === wanted) return;
    const article = wanted === 'active' ? 'an active' : `a ${wanted}`;
    throw conflict(`The credential is ${status}; only ${article} one ${can}.`, `credential_not_${wanted}`);
  }

  private async mustBeWithinWindow({ transaction, client }: LockedClient, old: Credential): Promise<void> {
    const { settings } = await transaction.manager.findOneByOrFail(Organization, {
      id: client.organizationId,
    });
    const until = undoneUntil(old, settings) as Date;
    if (until > this.clock.now()) return;
    const words = `The credential retired at ${old.retiresAt?.toISOString()}, and could be brought back until`;
    throw conflict(`${words} ${until.toISOString()}.`, 'undo_window_over');
  }

  private mustNotHaveExpired({ expiresAt }: Credential): void {
    if (!expiresAt || expiresAt > this.clock.now()) return;
    throw conflict(
      `The credential expired at ${expiresAt.toISOString()} and cannot be brought back.`,
      'expired',
    );
  }
}

/** A new public key can only come from the machine that has the private one. */
function mustBeSecret({ kind }: Credential): void {
  if (kind === 'client_secret') return;
  const words = 'A public key is rotated by the machine: make an enrolment code that `replaces` it.';
  throw conflict(words, 'rotated_by_enrolment');
}
