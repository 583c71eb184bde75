import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { Clock, normalizeNetwork } from '#libs/common';
import { Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { sourceOf } from '../authentication/guess-limiter.js';
import type { Credential } from '../credential.entity.js';
import { CredentialIssuer } from '../credential-issuer.js';
import { ClientLock, type LockedClient } from '../registration/locked-client.js';
import { CredentialSource } from '../usage/credential-source.entity.js';

const mostAddresses = 200;

/** Puts credentials whose secrets leaked in quarantine, where they work from known addresses alone, and lets them out. */
@Injectable()
export class Quarantines {
  constructor(
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly clock: Clock,
  ) {}

  /** Begins the quarantine of a credential of a locked client, unless it is in one. */
  async begin(caller: Principal, locked: LockedClient, credential: Credential): Promise<void> {
    if (credential.quarantine) return;
    const addresses = await knownAddressesOf(locked, credential);
    const quarantine = { since: this.clock.now().toISOString(), addresses };
    const changed = await locked.change(credential, { quarantine });
    const { transaction, client } = locked;
    await this.issuer.record(transaction, caller, client, 'credential.quarantined', changed, { addresses });
  }

  /**
   * Lets a credential out; one that is in no quarantine stays as it is.
   *
   * @throws DomainError `not_found`
   */
  async lift(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
  ): Promise<Credential> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const locked = await this.lock.lock(transaction, organization, clientId);
      const credential = locked.get(credentialId);
      if (!credential.quarantine) return credential;
      const lifted = await locked.change(credential, { quarantine: null });
      await this.issuer.record(transaction, caller, locked.client, 'credential.quarantine_lifted', lifted);
      return lifted;
    });
  }
}

/** @param source an IPv4 address, or the first four groups of an IPv6 one */
function networkOf(source: string): string {
  return source.includes(':') ? `${source}::/64` : source;
}

/** From where it was used, the latest first; of IPv6 the networks of 64 bits, within which machines change theirs. */
async function knownAddressesOf({ transaction }: LockedClient, credential: Credential): Promise<string[]> {
  const sources = await transaction.manager.find(CredentialSource, {
    where: { credentialId: credential.id },
    order: { lastUsedAt: 'DESC' },
  });
  const all = [credential.lastAddress ?? '', ...sources.map(({ address }) => address)];
  const networks = all.flatMap((address) => normalizeNetwork(networkOf(sourceOf(address))) ?? []);
  return [...new Set(networks)].slice(0, mostAddresses);
}
