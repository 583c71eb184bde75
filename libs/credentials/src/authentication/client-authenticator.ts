import { Injectable } from '@nestjs/common';
import { RefusedAttempts, serverChain } from '#libs/audit';
import { andThen, Clock, type DomainError, invalidClient } from '#libs/common';
import { isLive } from '../credential-lifetime.js';
import { rulesWithout } from '../networks/network-rule.js';
import { NetworkWatch } from '../networks/network-watch.js';
import { ClientRegistry } from '../registry/client-registry.js';
import type { RegisteredClient, RegisteredCredential } from '../registry/registered-client.js';
import { LateUses } from '../rotation/late-uses.js';
import { QuietRetirement } from '../rotation/quiet-retirement.js';
import { claimsToBeGenerated, isWellFormed } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { SecretRenewal } from '../secrets/secret-renewal.js';
import { CredentialUsage } from '../usage/credential-usage.js';
import { refusalAfterSecret, refusalBeforeSecret } from './authentication-rules.js';
import { GuessLimiter } from './guess-limiter.js';

/** What a client shows to prove itself (RFC 6749 §2.3.1). */
export interface PresentedSecret {
  readonly method: string;
  readonly clientId: string;
  readonly secret: string;
  /** The address it comes from, by the proxy rule. */
  readonly address: string;
  /** The header of that name, as it came. */
  readonly userAgent?: string | undefined;
}

/** A client that proved itself, and by which credential. */
export interface AuthenticatedClient {
  readonly client: RegisteredClient;
  readonly credential: RegisteredCredential;
}

/**
 * Proves clients. Every failure is the one answer `invalid_client`; the reason goes to the log alone. Who proved itself
 * outside of its allowed networks is told so.
 */
@Injectable()
export class ClientAuthenticator {
  private isLookingUpBeyond = false;

  constructor(
    private readonly registry: ClientRegistry,
    private readonly hasher: SecretHasher,
    private readonly limiter: GuessLimiter,
    private readonly usage: CredentialUsage,
    private readonly quiet: QuietRetirement,
    private readonly renewal: SecretRenewal,
    private readonly watch: NetworkWatch,
    private readonly lateUses: LateUses,
    private readonly clock: Clock,
    private readonly refused: RefusedAttempts,
  ) {}

  /**
   * At once when client and hash are in memory and fast; what it throws is thrown at once, or rejects.
   *
   * @throws DomainError `invalid_client`; `unauthorized_client` at an address where it may not be used; `too_many` after too many failures; `unavailable` when it cannot be told
   */
  authenticate(presented: PresentedSecret): AuthenticatedClient | Promise<AuthenticatedClient> {
    const { clientId, secret, address } = presented;
    const limit = this.limiter.refusalOf(clientId, address);
    if (limit) return this.authenticateBeyond(limit, presented);
    if (claimsToBeGenerated(secret) && !isWellFormed(secret))
      throw this.refusal(presented, 'malformed secret');
    const found = this.registry.find(clientId);
    return andThen(found, (client) => this.compare(presented, client, found instanceof Promise));
  }

  private compare(
    presented: PresentedSecret,
    client: RegisteredClient | null,
    hasWaitedForClient: boolean,
  ): AuthenticatedClient | Promise<AuthenticatedClient> {
    const { clientId, secret, address } = presented;
    if (!client) {
      this.hasher.spendOneComparison(secret);
      throw this.refusal(presented, 'unknown client');
    }
    const early = refusalBeforeSecret(client, presented.method);
    if (early) throw this.counted(presented, early, client);
    const matched = this.hasher.match(client.credentials, secret, client.id);
    const hasWaited = hasWaitedForClient || matched instanceof Promise;
    return andThen(matched, (credential) => {
      // Others may have failed while it waited: a burst gets no more guesses than there are one after the other.
      if (hasWaited && !credential?.isGenerated) this.limiter.mustMayTry(clientId, address);
      if (!credential) throw this.refusal(presented, 'wrong secret', client);
      return this.admit(presented, client, credential);
    });
  }

  /**
   * Above the limits nobody may go on guessing. A generated secret cannot be guessed: who has it is let in, whoever
   * else fails in the client's name or at its address.
   *
   * @param limit the answer to everybody else, so that it tells neither the client nor the secret
   */
  private async authenticateBeyond(
    limit: DomainError,
    presented: PresentedSecret,
  ): Promise<AuthenticatedClient> {
    const { clientId, secret, method } = presented;
    if (!isWellFormed(secret)) throw limit;
    const client = this.registry.has(clientId)
      ? await this.registry.find(clientId)
      : await this.lookUpBeyond(limit, clientId);
    if (!client || refusalBeforeSecret(client, method)) {
      this.hasher.spendOneComparison(secret);
      throw limit;
    }
    const generated = client.credentials.filter(({ isGenerated }) => isGenerated);
    const credential = await this.hasher.match(generated, secret, client.id);
    if (!credential) throw limit;
    return this.admit(presented, client, credential);
  }

  /** One at a time: those who are above the limits must not keep the database busy. */
  private async lookUpBeyond(limit: DomainError, clientId: string): Promise<RegisteredClient | null> {
    if (this.isLookingUpBeyond) throw limit;
    this.isLookingUpBeyond = true;
    try {
      return await this.registry.find(clientId);
    } finally {
      this.isLookingUpBeyond = false;
    }
  }

  /** Lets in who holds the secret, if the credential works, client and organization are in force, and networks allow. */
  private admit(
    presented: PresentedSecret,
    client: RegisteredClient,
    credential: RegisteredCredential,
  ): AuthenticatedClient | Promise<AuthenticatedClient> {
    const now = this.clock.now();
    const works =
      credential.retireAfterQuietSeconds === null
        ? isLive(credential, now)
        : this.quiet.isLive(credential, now);
    return andThen(works, (doesWork) => this.admitWith({ client, credential }, presented, doesWork, now));
  }

  private admitWith(
    proven: AuthenticatedClient,
    presented: PresentedSecret,
    works: boolean,
    now: Date,
  ): AuthenticatedClient {
    const { client, credential } = proven;
    const { secret, address } = presented;
    const facts = { client, works, without: rulesWithout(credential.networkRules, address) };
    const late = refusalAfterSecret(facts);
    if (!facts.works) this.lateUses.record(client, credential, address, presented.userAgent);
    if (late?.kind === 'unauthenticated') throw this.counted(presented, late, client);
    if (facts.without.length > 0) this.watch.note(client, credential, facts.without, address);
    if (late) throw late;
    this.limiter.succeeded(client, address);
    this.usage.record(credential, now, address, presented.userAgent);
    if (!credential.isFindable || this.hasher.isOutdated(credential.hash))
      this.renewal.schedule(client, credential, secret);
    return proven;
  }

  private refusal(presented: PresentedSecret, reason: string, client?: RegisteredClient): DomainError {
    return this.counted(presented, invalidClient(reason), client);
  }

  /** A refusal that may have been a guess. */
  private counted(presented: PresentedSecret, refusal: DomainError, client?: RegisteredClient): DomainError {
    const { clientId, address, method } = presented;
    this.limiter.failed(clientId, address);
    this.refused.note({
      organizationId: client?.organization.id ?? serverChain,
      action: 'client.authentication_failed',
      // Who is not known may have sent a secret as his name.
      actor: { name: client?.clientId ?? 'anonymous', credentialId: null, address, requestId: null },
      targetType: 'client',
      targetId: client?.clientId ?? 'unknown',
      details: { reason: String(refusal.cause), method },
    });
    return refusal;
  }
}
