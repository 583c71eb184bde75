import type { HeldRole, RoleGrants } from '#libs/access';
import type { ClientAttributes } from '#libs/clients';
import type { Remembering } from '#libs/common';
import type { OrganizationSettings, TokenQuota, TokenReuse } from '#libs/organizations';
import type { NetworkRule } from '../networks/network-rule.js';

/** A credential as the registry keeps it. */
export interface RegisteredCredential extends Remembering {
  readonly id: string;
  readonly hash: string;
  /** Whether its secret is one that we generated: with its checksum, of 256 random bits that nobody guesses. */
  readonly isGenerated: boolean;
  readonly expiresAt: Date | null;
  readonly retiresAt: Date | null;
  readonly retireAfterQuietSeconds: number | null;
  readonly revokedAt: null;
  readonly alg: string | null;
  readonly kid: string | null;
  /** False: its secret is one that could be found by itself, but was not seen since that is kept. */
  readonly isFindable: boolean;
  /** Whether it is kept from where it is used: it is retiring, or would be put in quarantine if it leaked. */
  readonly keepsSources: boolean;
  /** Where it may be used, by all levels that say so; mostly none. */
  readonly networkRules: readonly NetworkRule[];
}

/** A client's organization as the registry keeps it. */
export interface RegisteredOrganization {
  readonly id: string;
  readonly customerId: string;
  readonly enabled: boolean;
  readonly settings: OrganizationSettings;
  readonly tokenReuse: TokenReuse;
  readonly maxActiveTokens: number | null;
}

/** Everything that authentication, issuing and token checks need to know of a client, ready in memory. */
export interface RegisteredClient extends Remembering {
  readonly id: string;
  readonly clientId: string;
  readonly organization: RegisteredOrganization;
  readonly enabled: boolean;
  readonly grantTypes: ReadonlySet<string>;
  readonly authenticationMethods: ReadonlySet<string>;
  /** What surfaces keep with the client, by their names. */
  readonly attributes: ClientAttributes;
  readonly offlineAccess: boolean;
  /** Who made it: a scope gives no more than the owner may do. Undefined: the server itself; null: gone or disabled. */
  readonly owner: RegisteredClient | null | undefined;
  /** The scopes by which the owner made it: it draws on the owner within these. */
  readonly ownerScopes: ReadonlySet<string>;
  /** The roles that count, by name, with their tenants. */
  readonly roles: RoleGrants;
  readonly heldRoles: readonly HeldRole[];
  /** The scopes it may request: those of them that count, the bounds of its owner taken into account. */
  readonly scopes: ReadonlySet<string>;
  readonly audiences: readonly string[];
  readonly accessTokenTtlSeconds: number | null;
  readonly tokenQuota: TokenQuota | null;
  /** What the client's tokens must carry to be alive: the generations of organization and client. */
  readonly tokenGeneration: string;
  /** When a planned change of it takes effect: what is remembered is right until then. Infinite: none is planned. */
  readonly changesAtMs: number;
  /** Those that are not revoked; a token bought with any other is dead. */
  readonly credentials: readonly RegisteredCredential[];
}

/** Whether the client may get and use tokens at all. */
export function isInForce(client: RegisteredClient): boolean {
  return client.enabled && client.organization.enabled;
}
