import type { RoleGrants } from '#libs/access';
import type { Client, ClientDraft } from '#libs/clients';
import { DomainError, invalid } from '#libs/common';
import type { DeliveryKey, RegisteredWithSecret, RegistrationDraft } from '#libs/credentials';
import { toDelivered } from '../credentials/delivery.mapper.js';
import { fromAllowedNetworks, toAllowedNetworks } from '../customers/allowed-networks.mapper.js';
import type { ClientAnswer, ClientBody, CreatedClientAnswer } from './clients.dto.js';

const redirectUriWhenNone = ['http://localhost'];

/** The client that a body asks for, with its place in the request. */
export function fromClient(body: ClientBody, path = ''): RegistrationDraft {
  return { draft: draftOf(body), path, secret: body.clientSecret };
}

/** The clients that an array asks for. */
export function fromClients(bodies: readonly ClientBody[]): RegistrationDraft[] {
  return bodies.map((body, index) => fromClient(body, `[${index}]`));
}

/** As fromClient, for the client that the path names. @throws DomainError `invalid` when the body names another */
export function fromClientAt(clientId: string, body: ClientBody): RegistrationDraft {
  if (body.clientId === clientId) return fromClient(body);
  throw invalid('The body is not valid.', [
    { path: 'clientId', message: 'must be the clientId of the path' },
  ]);
}

/** A client as it is answered, in the key order of the document. */
export function toClient(client: Client): ClientAnswer {
  return { clientId: client.clientId, ...rest(client) };
}

/**
 * A client with its secret, in the key order of the document.
 *
 * @param key to which the secret is sealed; undefined: it is answered in clear
 */
export async function toCreatedClient(
  { client, secret }: RegisteredWithSecret,
  key?: DeliveryKey,
): Promise<CreatedClientAnswer> {
  const delivered = secret === null ? {} : await toDelivered(secret, key);
  return { clientId: client.clientId, ...delivered, ...rest(client) };
}

function draftOf(body: ClientBody): ClientDraft {
  return {
    clientId: body.clientId,
    name: body.clientName ?? null,
    description: body.clientDescription ?? null,
    email: body.clientEmail ?? null,
    enabled: body.enabled ?? true,
    grantTypes: body.authorizedGrantTypes,
    authenticationMethods: body.clientAuthenticationMethods,
    roles: distinctTenants(body.clientPermissions?.roles ?? {}),
    defaultRolesAssignment: body.defaultRolesAssignmentEnabled ?? true,
    scopes: body.scope ?? [],
    authorities: body.authorities ?? [],
    audiences: body.resourceIds ?? [],
    redirectUris: body.redirectUri ?? [],
    accessTokenTtlSeconds: body.accessTokenValidity ?? null,
    refreshTokenTtlSeconds: body.refreshTokenValidity ?? null,
    tokenQuota: body.tokenQuota ?? null,
    ...(body.allowedNetworks !== undefined && {
      allowedNetworks: body.allowedNetworks && fromAllowedNetworks(body.allowedNetworks),
    }),
  };
}

function rest(client: Client): Omit<ClientAnswer, 'clientId'> {
  return {
    scope: client.scopes,
    clientPermissions: { roles: inOrder(client.roles) },
    authorities: client.authorities,
    resourceIds: client.audiences,
    authorizedGrantTypes: client.grantTypes,
    clientDescription: client.description,
    clientName: client.name,
    clientEmail: client.email,
    redirectUri: client.redirectUris.length > 0 ? client.redirectUris : redirectUriWhenNone,
    accessTokenValidity: client.accessTokenTtlSeconds,
    refreshTokenValidity: client.refreshTokenTtlSeconds,
    defaultRolesAssignmentEnabled: client.defaultRolesAssignment,
    clientAuthenticationMethods: client.authenticationMethods,
    enabled: client.enabled,
    ...(client.tokenQuota && { tokenQuota: client.tokenQuota }),
    ...(client.allowedNetworks && { allowedNetworks: toAllowedNetworks(client.allowedNetworks) }),
  };
}

function distinctTenants(roles: RoleGrants): RoleGrants {
  return Object.fromEntries(Object.entries(roles).map(([role, tenants]) => [role, [...new Set(tenants)]]));
}

/** By name, so that a client reads the same when it is created as later, when the database has its own order. */
function inOrder(roles: RoleGrants): RoleGrants {
  return Object.fromEntries(Object.entries(roles).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const wireNames = new Map([
  ['name', 'clientName'],
  ['description', 'clientDescription'],
  ['email', 'clientEmail'],
  ['grantTypes', 'authorizedGrantTypes'],
  ['authenticationMethods', 'clientAuthenticationMethods'],
  ['roles', 'clientPermissions.roles'],
  ['defaultRolesAssignment', 'defaultRolesAssignmentEnabled'],
  ['scopes', 'scope'],
  ['audiences', 'resourceIds'],
  ['redirectUris', 'redirectUri'],
  ['accessTokenTtlSeconds', 'accessTokenValidity'],
  ['refreshTokenTtlSeconds', 'refreshTokenValidity'],
]);

/**
 * Does a piece of the domain's work, and tells what is wrong in the words of this API: `[2].roles.ROLE_X` becomes
 * `[2].clientPermissions.roles.ROLE_X`.
 */
export async function inWireNames<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DomainError) || error.issues.length === 0) throw error;
    const issues = error.issues.map(({ path, message }) => ({ path: toWirePath(path), message }));
    throw new DomainError(error.kind, error.message, { code: error.code, issues, cause: error });
  }
}

function toWirePath(path: string): string {
  return path.replace(
    /^(\[\d+\]\.)?(\w+)/,
    (_, place: string = '', name: string) => place + (wireNames.get(name) ?? name),
  );
}
