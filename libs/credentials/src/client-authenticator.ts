import { Injectable } from '@nestjs/common';
import { Clock, type DomainError, invalidClient } from '#libs/common';
import { ClientRegistry } from './client-registry.js';
import { isLive } from './credential-lifetime.js';
import { CredentialUsage } from './credential-usage.js';
import { GuessLimiter } from './guess-limiter.js';
import { QuietRetirement } from './quiet-retirement.js';
import { isInForce, type RegisteredClient, type RegisteredCredential } from './registered-client.js';
import { claimsToBeGenerated, isWellFormed } from './secret-format.js';
import { SecretHasher } from './secret-hasher.js';
import { SecretRenewal } from './secret-renewal.js';

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

/** Proves clients. Every failure is the one answer `invalid_client`; the reason goes to the log alone. */
@Injectable()
export class ClientAuthenticator {
  constructor(
    private readonly registry: ClientRegistry,
    private readonly hasher: SecretHasher,
    private readonly limiter: GuessLimiter,
    private readonly usage: CredentialUsage,
    private readonly quiet: QuietRetirement,
    private readonly renewal: SecretRenewal,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws DomainError `invalid_client`; `too_many` after too many failures; `unavailable` when it cannot be told
   */
  async authenticate(presented: PresentedSecret): Promise<AuthenticatedClient> {
    const { clientId, secret, address } = presented;
    this.limiter.mustMayTry(clientId, address);
    if (claimsToBeGenerated(secret) && !isWellFormed(secret))
      throw this.refusal(presented, 'malformed secret');
    const found = this.registry.find(clientId);
    const client = found instanceof Promise ? await found : found;
    if (!client) {
      this.hasher.spendOneComparison(secret);
      throw this.refusal(presented, 'unknown client');
    }
    if (!client.authenticationMethods.has(presented.method))
      throw this.refusal(presented, 'method not allowed');
    const matched = this.hasher.match(client.credentials, secret, client.id);
    const credential = matched instanceof Promise ? await matched : matched;
    // Others may have failed while it waited: a burst gets no more guesses than there are one after the other.
    if (found instanceof Promise || matched instanceof Promise) this.limiter.mustMayTry(clientId, address);
    if (!credential) throw this.refusal(presented, 'wrong secret');
    const now = this.clock.now();
    const works =
      credential.retireAfterQuietSeconds === null
        ? isLive(credential, now)
        : this.quiet.isLive(credential, now);
    if (works !== true && !(await works)) throw this.refusal(presented, 'expired or retired secret');
    if (!isInForce(client)) throw this.refusal(presented, 'disabled client or organization');
    this.limiter.succeeded(clientId, address);
    this.usage.record(credential, now, address, presented.userAgent);
    if (this.hasher.isOutdated(credential.hash)) this.renewal.schedule(client, credential, secret);
    return { client, credential };
  }

  private refusal({ clientId, address }: PresentedSecret, reason: string): DomainError {
    this.limiter.failed(clientId, address);
    return invalidClient(reason);
  }
}
