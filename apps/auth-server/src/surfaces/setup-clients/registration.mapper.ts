import { type Issue, invalid } from '#libs/common';
import type { RegisteredWithSecret, SetupClientDraft } from '#libs/credentials';
import type { RegistrationAnswer, RegistrationBody } from './registration.dto.js';
import { fromClient, keptOf, present, responseTypesOf, surfaceName } from './setup-clients.mapper.js';

/** What registration keeps beside what the surface keeps anyway. */
interface SoftwareFields {
  readonly softwareId?: string;
  readonly softwareVersion?: string;
}

/** Where the names of registration differ from those of this surface. */
export const registrationNames: ReadonlyMap<string, string> = new Map([
  ['name', 'client_name'],
  ['scopes', 'scope'],
]);

/** @throws DomainError `invalid` for members that do not go together */
export function fromRegistration(body: RegistrationBody): SetupClientDraft {
  if (body.scope && body.scopes) {
    const issue: Issue = { path: 'scope', message: 'must not be sent together with scopes' };
    throw invalid('The body is not valid.', [issue]);
  }
  const {
    client_name: name,
    scope,
    scopes,
    software_id: softwareId,
    software_version: softwareVersion,
    ...rest
  } = body;
  const draft = fromClient({
    ...rest,
    name: name ?? '',
    // Who proves nothing is public (RFC 7591 §2).
    confidentiality_type: body.token_endpoint_auth_method === 'none' ? 'public' : 'confidential',
    scopes: scopes ?? [...new Set(scope?.split(' ').filter((one) => one !== ''))],
  });
  const software = present<SoftwareFields>({ softwareId, softwareVersion });
  return {
    ...draft,
    // The server alone gives these (RFC 7591 §3.2.1).
    clientId: undefined,
    secret: undefined,
    name: name ?? null,
    attributes: { [surfaceName]: { ...draft.attributes[surfaceName], ...software } },
    // RFC 7591 §2: clients of flows with redirection must register where to.
    needsRedirectUri: true,
  };
}

export function toRegistration({ client, secret }: RegisteredWithSecret): RegistrationAnswer {
  const kept = keptOf(client) as ReturnType<typeof keptOf> & SoftwareFields;
  const { authorization } = client;
  return present<RegistrationAnswer>({
    client_id: client.clientId,
    client_secret: secret,
    client_id_issued_at: Math.floor(client.createdAt.getTime() / 1000),
    client_secret_expires_at: secret === null ? undefined : 0,
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: client.authenticationMethods[0] ?? 'none',
    grant_types: client.grantTypes,
    response_types: responseTypesOf(client),
    client_name: client.name,
    client_uri: kept.clientUri,
    logo_uri: kept.logoUri,
    scope: client.scopes.length > 0 ? client.scopes.join(' ') : undefined,
    contacts: kept.contacts,
    tos_uri: kept.tosUri,
    policy_uri: kept.policyUri,
    jwks_uri: authorization.jwksUri,
    jwks: authorization.jwks,
    software_id: kept.softwareId,
    software_version: kept.softwareVersion,
    require_pushed_authorization_requests: authorization.requirePushedAuthorizationRequests,
    id_token_signed_response_alg: authorization.idTokenSignedResponseAlg,
    id_token_encrypted_response_alg: authorization.idTokenEncryptedResponseAlg,
    id_token_encrypted_response_enc: authorization.idTokenEncryptedResponseEnc,
  });
}
