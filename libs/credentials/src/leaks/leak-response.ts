import { Injectable } from '@nestjs/common';
import { Principal } from '#libs/access';
import { Clock, newRowId } from '#libs/common';
import { Transactions } from '#libs/database';
import { type LeakPolicy, Organization } from '#libs/organizations';
import type { Credential } from '../credential.entity.js';
import { CredentialIssuer } from '../credential-issuer.js';
import { isLive, secondsAfter, statusOf } from '../credential-lifetime.js';
import { noticeTooLong } from '../expiry-notices.js';
import { ClientLock, type LockedClient } from '../registration/locked-client.js';
import { Succession } from '../rotation/succession.js';
import { CredentialUsage } from '../usage/credential-usage.js';
import { Leak, type LeakAction, type LeakSource } from './leak.entity.js';
import type { FoundCredential } from './leak-finder.js';
import { Quarantines } from './quarantines.js';

const usualRotationSeconds = 86_400;
/** Of one credential: who holds its secret does not fill the table. */
const mostPlaces = 100;

/** Where a leak was seen, and who says so. */
export interface LeakSighting {
  readonly source: LeakSource;
  /** Empty: nobody said. */
  readonly url: string;
  readonly foundIn: string | null;
  /** Of who reports. */
  readonly address: string;
  readonly requestId: string;
}

/** Does what the organization wants done about a leaked credential, once for each place where it was seen. */
@Injectable()
export class LeakResponse {
  constructor(
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly succession: Succession,
    private readonly quarantines: Quarantines,
    private readonly usage: CredentialUsage,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns what was done; undefined when this place was reported before
   * @throws DomainError `not_found` when the client is gone
   */
  async respond(found: FoundCredential, sighting: LeakSighting): Promise<LeakAction | undefined> {
    const { organizationId, customerId, clientId } = found;
    // What was not written yet may tell of addresses that a quarantine should know.
    await this.usage.flush();
    return this.transactions.run({ organizationId }, async (transaction) => {
      const locked = await this.lock.lock(transaction, { id: organizationId, customerId }, clientId);
      const credential = locked.get(found.id);
      const isNew = await this.isNewPlace(locked, credential, sighting);
      return isNew && this.act(locked, credential, isNew);
    });
  }

  /** Counts the report. @returns the sighting as it is to be kept, if nobody reported it before */
  private async isNewPlace(
    { transaction: { manager } }: LockedClient,
    { id: credentialId }: Credential,
    sighting: LeakSighting,
  ): Promise<LeakSighting | undefined> {
    const places = await manager.findBy(Leak, { credentialId });
    const { source } = sighting;
    const url = places.length < mostPlaces || isAmong(places, sighting) ? sighting.url : '';
    const known = isAmong(places, { source, url });
    if (!known) return { ...sighting, url };
    await manager.update(
      Leak,
      { id: known.id },
      { count: known.count + 1, lastReportedAt: this.clock.now() },
    );
    return undefined;
  }

  private async act(
    locked: LockedClient,
    credential: Credential,
    sighting: LeakSighting,
  ): Promise<LeakAction> {
    const { transaction, client } = locked;
    const { source, url, foundIn, address, requestId } = sighting;
    const { settings } = await transaction.manager.findOneByOrFail(Organization, {
      id: client.organizationId,
    });
    const now = this.clock.now();
    const action = actionOn(credential, settings.leakPolicy ?? 'notify', now);
    const leak = { id: newRowId(), source, url, foundIn, action, count: 1, createdAt: now };
    const { id: credentialId, organizationId } = credential;
    await transaction.manager.insert(Leak, { ...leak, credentialId, organizationId, lastReportedAt: now });
    const caller = reporter(address, requestId);
    await this.issuer.record(transaction, caller, client, 'credential.leaked', credential, {
      leakId: leak.id,
      status: statusOf(credential, now),
      source,
      url: url || null,
      foundIn,
      action,
    });
    if (action === 'quarantine') await this.quarantines.begin(caller, locked, credential);
    if (action === 'revoke') await this.succession.revoke(caller, locked, credential);
    if (action === 'rotate') {
      const deadline = secondsAfter(now, settings.leakRotationSeconds ?? usualRotationSeconds);
      await this.endBy(caller, locked, credential, deadline);
    }
    return action;
  }

  /** A new secret could be given to nobody: the old one gets an end, by which somebody has to rotate it. */
  private async endBy(
    caller: Principal,
    locked: LockedClient,
    credential: Credential,
    deadline: Date,
  ): Promise<void> {
    if (credential.expiresAt && credential.expiresAt <= deadline) return;
    const expiryNotedDays = noticeTooLong({ ...credential, expiresAt: deadline });
    const ending = await locked.change(credential, { expiresAt: deadline, expiryNotedDays });
    const { transaction, client } = locked;
    await this.issuer.record(transaction, caller, client, 'credential.updated', ending, { reason: 'leaked' });
    await this.succession.keepOne(caller, locked);
  }
}

function isAmong(
  places: readonly Leak[],
  { source, url }: Pick<LeakSighting, 'source' | 'url'>,
): Leak | undefined {
  return places.find((place) => place.source === source && place.url === url);
}

/** Only what still works can be held back; what has ended by itself can still be revoked, with its tokens. */
function actionOn(credential: Credential, policy: LeakPolicy, now: Date): LeakAction {
  if (credential.revokedAt) return 'none';
  return isLive(credential, now) || policy === 'revoke' ? policy : 'none';
}

/** Nobody has proved to be anything but somebody with a secret. */
function reporter(address: string, requestId: string): Principal {
  const nobody = { clientRowId: null, organizationId: '', customerId: '', credentialId: null, roles: [] };
  return new Principal({ clientId: 'leak report', ...nobody, address, requestId });
}
