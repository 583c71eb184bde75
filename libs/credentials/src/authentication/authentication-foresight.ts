import { Injectable } from '@nestjs/common';
import { invalidClient } from '#libs/common';
import { isLive } from '../credential-lifetime.js';
import { type NetworkLevel, type NetworkRule, rulesWithout } from '../networks/network-rule.js';
import type { RegisteredClient, RegisteredCredential } from '../registry/registered-client.js';
import { QuietRetirement } from '../rotation/quiet-retirement.js';
import type { DecisionTrace } from './authentication-rules.js';
import { refusalAfterSecret, refusalBeforeSecret } from './authentication-rules.js';
import type { AuthenticatedClient } from './client-authenticator.js';
import { GuessLimiter } from './guess-limiter.js';

/** How a client would prove itself: as PresentedSecret, without the secret. */
export interface WouldBeProof {
  readonly client: RegisteredClient;
  /** Whose secret it would present. Null: one that opens none of its credentials. */
  readonly credential: RegisteredCredential | null;
  readonly method: string;
  /** Undefined: it is not known from where, and what depends on that is not judged. */
  readonly address: string | undefined;
  readonly at: Date;
}

/**
 * Judges how a client would prove itself by the rules of ClientAuthenticator, without a secret, and changes nothing:
 * it counts neither as a use nor as an attempt.
 */
@Injectable()
export class AuthenticationForesight {
  constructor(
    private readonly limiter: GuessLimiter,
    private readonly quiet: QuietRetirement,
  ) {}

  /** @throws DomainError as ClientAuthenticator.authenticate */
  async mustProve(proof: WouldBeProof, trace: DecisionTrace): Promise<AuthenticatedClient> {
    const { client, credential, method, address, at } = proof;
    if (address !== undefined) {
      trace.judging('guess_limit');
      const limit = this.limiter.refusalOf(client.clientId, address);
      const isAbove = credential?.isGenerated && !refusalBeforeSecret(client, method);
      if (limit && !isAbove) throw limit;
    }
    const early = refusalBeforeSecret(client, method, trace);
    if (early) throw early;
    trace.judging('secret');
    if (!credential) throw invalidClient('wrong secret');
    const works = await this.quiet.wouldBeLive(credential, at);
    const late = refusalAfterSecret({ client, works, without: rulesAgainst(proof) }, trace);
    if (late) throw late;
    return { client, credential };
  }

  /** The levels whose lists in shadow mode leave the address out. */
  shadowedBy(proof: WouldBeProof): NetworkLevel[] {
    const without = rulesAgainst(proof) ?? [];
    return without.filter(({ mode }) => mode === 'shadow').map(({ level }) => level);
  }

  /** The credential that a client most likely uses: the newest that works, else the newest. */
  likelyCredential(client: RegisteredClient, at: Date): RegisteredCredential | null {
    const { credentials } = client;
    return credentials.find((credential) => isLive(credential, at)) ?? credentials[0] ?? null;
  }
}

function rulesAgainst({ credential, address }: WouldBeProof): readonly NetworkRule[] | undefined {
  if (!credential || address === undefined) return undefined;
  return rulesWithout(credential.networkRules, address);
}
