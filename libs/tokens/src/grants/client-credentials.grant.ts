import { Injectable } from '@nestjs/common';
import { invalidScope, invalidTarget } from '#libs/common';
import type { AuthenticatedClient, DecisionTrace, RegisteredClient } from '#libs/credentials';
import { ActiveTokens } from '../active-tokens.js';
import {
  algorithmOf,
  type ForeseenToken,
  type IssuedToken,
  TokenIssuer,
  type TokenOrder,
} from '../token-issuer.js';
import type { Grant, TokenParameters } from './grant.js';

const longestScope = 8_192;

/** The client asks for itself (RFC 6749 §4.4). No refresh token: it can ask again at any time (§4.4.3). */
@Injectable()
export class ClientCredentialsGrant implements Grant {
  readonly grantType = 'client_credentials';

  constructor(
    private readonly issuer: TokenIssuer,
    private readonly activeTokens: ActiveTokens,
  ) {}

  /** @throws DomainError `invalid_scope`, `invalid_target` */
  decide(
    { client, credential }: AuthenticatedClient,
    parameters: TokenParameters,
    trace?: DecisionTrace,
  ): TokenOrder {
    trace?.judging('scope');
    const scopes = scopesFor(client, parameters.single('scope', longestScope));
    trace?.judging('resource');
    const audiences = audiencesFor(client, parameters.single('resource'));
    return { client, credential, scopes, audiences };
  }

  /** Issues what was ordered, within the organization's limit of live tokens. @throws DomainError `too_many` */
  fill(order: TokenOrder): IssuedToken | Promise<IssuedToken> {
    if (order.client.organization.tokenReuse === 'fresh') return this.issuer.issue(order);
    return this.activeTokens.admit(order, () => this.issuer.issue(order));
  }

  async foresee(order: TokenOrder, at: Date, trace: DecisionTrace): Promise<ForeseenToken> {
    const { client, credential } = order;
    if (client.organization.tokenReuse !== 'fresh') {
      trace.judging('active_tokens');
      const same = await this.activeTokens.foresee(order, at);
      const algorithm = algorithmOf(credential, client.organization.settings);
      if (same) return this.issuer.describe(order, at, algorithm, same.expiresAt);
    }
    return this.issuer.foresee(order, at, trace);
  }
}

const scopeLists = new WeakMap<ReadonlySet<string>, readonly string[]>();

/** The same list every time for a set that the registry keeps. */
function allScopesOf({ scopes }: RegisteredClient): readonly string[] {
  const known = scopeLists.get(scopes);
  if (known !== undefined) return known;
  const list = [...scopes];
  scopeLists.set(scopes, list);
  return list;
}

/** The requested scopes, each of which the client must be allowed; with none requested, all of its own (§3.3). */
function scopesFor(client: RegisteredClient, requested: string | undefined): readonly string[] {
  if (requested === undefined) return allScopesOf(client);
  const scopes = new Set(requested.split(' '));
  for (const scope of scopes) if (!client.scopes.has(scope)) throw invalidScope();
  return [...scopes];
}

/** The requested resource, which must be one of the client's (RFC 8707 §2); with none requested, all of them. */
function audiencesFor(client: RegisteredClient, requested: string | undefined): readonly string[] {
  if (requested === undefined) return client.audiences;
  if (!client.audiences.includes(requested)) throw invalidTarget();
  return [requested];
}
