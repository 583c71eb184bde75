import { Inject, Injectable } from '@nestjs/common';
import { usualMaxAccessTokenTtlSeconds } from '#libs/clients';
import { Clock, type LimitState, Memory, Settings } from '#libs/common';
import {
  type DecisionTrace,
  type RegisteredClient,
  type RegisteredCredential,
  roleGrantsOf,
} from '#libs/credentials';
import { type ActiveKey, isSigningAlgorithm, type SigningAlgorithm, SigningKeys } from '#libs/keys';
import type { OrganizationSettings } from '#libs/organizations';
import { type AccessTokenClaims, newTokenId, subjectOf } from './access-token.js';
import { ClaimsTemplate, type FixedClaims } from './claims-template.js';
import { EarlyRequests } from './quotas/early-requests.js';
import { TokenQuotas } from './quotas/token-quotas.js';
import { signToken } from './token-signer.js';

const defaultAlgorithm: SigningAlgorithm = 'ES256';

/** What a token is to be: for whom, bought by what, and how much of the client's rights. */
export interface TokenOrder {
  readonly client: RegisteredClient;
  readonly credential: RegisteredCredential;
  readonly scopes: readonly string[];
  /** Empty: this server itself. */
  readonly audiences: readonly string[];
  /** A label of the client's own making, in the place of its usual `sub`. It entitles to nothing. */
  readonly subject?: string;
  /** Shorter than the client's usual lifetime; a longer one is cut to that. */
  readonly ttlSeconds?: number;
}

/** A signed token, and what its answer says of it (RFC 6749 §5.1). */
export interface IssuedToken {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly scope: string | undefined;
  readonly jti: string;
  readonly expiresAtSeconds: number;
  /** Where the quotas stand that the client has; undefined: it has none. */
  readonly quotas?: readonly LimitState[] | undefined;
  /** How long the client's last token for the same would have lived on, when that is most of its life. */
  readonly lastOneLivesSeconds?: number | undefined;
}

/** A token that would be issued: all of it but its id and its signature. */
export interface ForeseenToken {
  readonly claims: Omit<AccessTokenClaims, 'jti'>;
  readonly expiresInSeconds: number;
  readonly algorithm: SigningAlgorithm;
  /** Whether it is one that was issued before and lives; its `iat` was earlier. */
  readonly isReused: boolean;
}

/** A template, and the order for which it was made. */
interface KnownOrder extends Pick<TokenOrder, 'client' | 'scopes' | 'audiences'> {
  readonly template: ClaimsTemplate;
}

/** With the object that the registry keeps of a credential, which goes with every change of client, organization or owner. */
const lastOrder = new Memory<KnownOrder>();

/** Signs access tokens (RFC 9068). Writes nothing: what ends a token early is kept with its client and credential. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly keys: SigningKeys,
    private readonly quotas: TokenQuotas,
    private readonly early: EarlyRequests,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * @throws DomainError `too_many` beyond a quota, `unavailable` when there is no key for the algorithm
   */
  issue(order: TokenOrder): IssuedToken | Promise<IssuedToken> {
    const { client, credential } = order;
    const template = this.templateFor(order);
    const { expiresInSeconds, scope } = template;
    const iat = this.clock.nowSeconds();
    const jti = newTokenId();
    const key = this.keyFor(order);
    const quotas = this.quotas.take(client);
    const lastOneLivesSeconds = this.early.note(credential, template.encoded, iat, expiresInSeconds);
    const toIssued = (accessToken: string): IssuedToken => ({
      accessToken,
      expiresInSeconds,
      scope,
      jti,
      expiresAtSeconds: iat + expiresInSeconds,
      quotas,
      lastOneLivesSeconds,
    });
    const signed = signToken(key, template.payload(iat, jti));
    return typeof signed === 'string' ? toIssued(signed) : signed.then(toIssued);
  }

  /** What `issue` would make at that moment; counts nothing. @throws DomainError as `issue` */
  foresee(order: TokenOrder, at: Date, trace: DecisionTrace): ForeseenToken {
    trace.judging('signing_key');
    const { alg } = this.keyFor(order);
    trace.judging('token_quotas');
    this.quotas.mustHaveRoom(order.client);
    return this.describe(order, at, alg);
  }

  /** As a token that lives already. @param until when it ends */
  describe(order: TokenOrder, at: Date, algorithm: SigningAlgorithm, until?: Date): ForeseenToken {
    const iat = secondsOf(at);
    const exp = until ? secondsOf(until) : iat + this.lifetimeFor(order);
    const claims = { ...this.fixedClaimsOf(order), iat, exp };
    return { claims, expiresInSeconds: exp - iat, algorithm, isReused: until !== undefined };
  }

  private keyFor({ client, credential }: TokenOrder): ActiveKey {
    return this.keys.getActive(algorithmOf(credential, client.organization.settings));
  }

  /** Made anew where it is not the same order as the credential's last one. */
  private templateFor(order: TokenOrder): ClaimsTemplate {
    const { client, credential, scopes, audiences, subject, ttlSeconds } = order;
    const isUsual = subject === undefined && ttlSeconds === undefined;
    const last = isUsual ? lastOrder.of(credential) : undefined;
    if (last?.client === client && last.scopes === scopes && last.audiences === audiences)
      return last.template;
    const template = new ClaimsTemplate(this.fixedClaimsOf(order), this.lifetimeFor(order));
    if (isUsual) lastOrder.keep(credential, { client, scopes, audiences, template });
    return template;
  }

  private lifetimeFor({ client, ttlSeconds }: TokenOrder): number {
    return Math.min(
      this.lifetimeOf(client.accessTokenTtlSeconds, client.organization.settings),
      ttlSeconds ?? Number.POSITIVE_INFINITY,
    );
  }

  private fixedClaimsOf({ client, credential, scopes, audiences, subject }: TokenOrder): FixedClaims {
    const scope = scopes.length > 0 ? scopes.join(' ') : undefined;
    return {
      iss: this.settings.issuer,
      sub: subject ?? subjectOf(client.id),
      aud: audienceClaim(audiences, this.settings.issuer),
      client_id: client.clientId,
      ...(scope !== undefined && { scope }),
      customer: client.organization.customerId,
      roles: roleGrantsOf(client, scopes),
      credential_id: credential.id,
      generation: client.tokenGeneration,
    };
  }

  /**
   * The client's own lifetime, else its organization's, else the server's; never above the ceilings of both. Where the
   * organization has none, a lifetime of the client's own was judged when it was set.
   */
  lifetimeOf(own: number | null, settings: OrganizationSettings): number {
    const { accessTokenTtlSeconds, maxAccessTokenTtlSeconds } = settings;
    const ceiling = maxAccessTokenTtlSeconds ?? (own === null ? usualMaxAccessTokenTtlSeconds : own);
    const wanted = own ?? accessTokenTtlSeconds ?? this.settings.defaultAccessTokenTtlSeconds;
    return Math.min(wanted, ceiling, this.settings.maxAccessTokenTtlSeconds);
  }
}

/** The algorithm of the tokens bought with a credential: its own, else that of its organization, else the usual one. */
export function algorithmOf(
  credential: { readonly alg: string | null },
  settings: OrganizationSettings,
): SigningAlgorithm {
  const wanted = credential.alg ?? settings.accessTokenSigningAlg;
  return isSigningAlgorithm(wanted) ? wanted : defaultAlgorithm;
}

function secondsOf(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}

function audienceClaim(audiences: readonly string[], issuer: string): string | readonly string[] {
  if (audiences.length > 1) return audiences;
  return audiences[0] ?? issuer;
}
