import { Inject, Injectable } from '@nestjs/common';
import { andThen, Settings } from '#libs/common';
import type { RegisteredClient } from '#libs/credentials';
import type { AccessTokenClaims } from './access-token.js';
import { type LiveToken, TokenStatus } from './token-status.js';

/** Tells a client about a token, if that is any of its business (RFC 7662 §2.2, §4). */
@Injectable()
export class TokenIntrospector {
  constructor(
    private readonly status: TokenStatus,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * The live token, or undefined: for one that is dead just as for one that the caller has nothing to do with. A
   * client sees the tokens of its own organization: its own, those for an audience that it is or shares, and those
   * for no audience in particular.
   */
  introspect(
    caller: RegisteredClient,
    token: string,
  ): LiveToken | undefined | Promise<LiveToken | undefined> {
    return andThen(this.status.findLive(token), (live) =>
      live && this.mayKnow(caller, live) ? live : undefined,
    );
  }

  private mayKnow(caller: RegisteredClient, { claims, client }: LiveToken): boolean {
    if (client.organization.id !== caller.organization.id) return false;
    if (client.id === caller.id) return true;
    const audiences = audiencesOf(claims);
    return audiences.some(
      (audience) =>
        audience === this.settings.issuer ||
        audience === caller.clientId ||
        caller.audiences.includes(audience),
    );
  }
}

/** The `aud` claim as a list: a single audience may stand alone (RFC 7519 §4.1.3). */
export function audiencesOf({ aud }: Pick<AccessTokenClaims, 'aud'>): readonly string[] {
  return typeof aud === 'string' ? [aud] : aud;
}
