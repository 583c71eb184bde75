import { Injectable } from '@nestjs/common';
import { andThen } from '#libs/common';
import { ClientRegistry, isInForce, type RegisteredClient } from '#libs/credentials';
import type { AccessTokenClaims } from './access-token.js';
import { RevocationList } from './revocation-list.js';
import { TokenVerifier } from './token-verifier.js';

/** A token that is alive, with the client whose it is. */
export interface LiveToken {
  readonly claims: AccessTokenClaims;
  readonly client: RegisteredClient;
}

/**
 * Tells whether a token is alive: ours, not expired, not revoked itself, nor by way of its credential, its client or
 * its organization. Each of these is a look-up in memory, whatever the number of tokens.
 */
@Injectable()
export class TokenStatus {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly registry: ClientRegistry,
    private readonly revocations: RevocationList,
  ) {}

  /**
   * The token when it is alive, else undefined; at once when its client is in memory.
   *
   * @throws DomainError `unavailable` when it cannot be told
   */
  findLive(token: string): LiveToken | undefined | Promise<LiveToken | undefined> {
    const claims = this.verifier.verify(token);
    if (!claims) return undefined;
    return andThen(this.registry.find(claims.client_id), (client) => {
      if (!client || !isAlive(claims, client) || this.revocations.has(claims.jti)) return undefined;
      return { claims, client };
    });
  }
}

/** A credential belongs to one client for ever: a client that was made anew under the same id has others. */
function isAlive(claims: AccessTokenClaims, client: RegisteredClient): boolean {
  return (
    isInForce(client) &&
    claims.generation === client.tokenGeneration &&
    client.credentials.some((credential) => credential.id === claims.credential_id)
  );
}
