import { type AuthorizationSettings, type ClientState, type ClientVersion } from '#libs/clients';
import { type Issue, invalid, type Page } from '#libs/common';
import type { RegisteredWithSecret, SetupClientDraft } from '#libs/credentials';
import type { FoundParent, MetadataEntry } from '#libs/organizations';
import type { ClientMetadata } from './client-fields.dto.js';
import type { WirePage } from './paged-ids.interceptor.js';
import type { CreatedSetupClient, SetupClientAnswer, SetupClientBody } from './setup-clients.dto.js';
import { fromMetadata, fromValidFrom, toMetadata } from './setups.mapper.js';
import type { Labels } from './states.query.js';
import { toWireId } from './wire-id.js';

/** The name under which this surface keeps what it only gives back. */
export const surfaceName = 'setup-clients';

const usualContentAlgorithm = 'A128CBC-HS256';

/** What this surface only gives back. */
interface KeptFields {
  readonly clientUri?: string;
  readonly logoUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  readonly contacts?: readonly string[];
  readonly comment?: string;
  readonly owner?: string;
  readonly metadata?: readonly MetadataEntry[];
}

/** @throws DomainError `invalid` for members that do not go together */
export function fromClient(body: SetupClientBody): SetupClientDraft {
  mustGoTogether(body);
  const type = body.confidentiality_type ?? 'confidential';
  const usualMethod = type === 'public' ? 'none' : 'client_secret_basic';
  return {
    clientId: body.client_id ?? undefined,
    secret: body.client_secret ?? undefined,
    validFrom: fromValidFrom(body.valid_from),
    name: body.name,
    type,
    authenticationMethods: [body.token_endpoint_auth_method ?? usualMethod],
    grantTypes: body.grant_types ?? undefined,
    scopes: body.scopes ?? [],
    redirectUris: body.redirect_uris ?? [],
    accessTokenTtlSeconds: body.access_token_ttl ?? null,
    refreshTokenTtlSeconds: body.refresh_token_ttl ?? null,
    authorization: fromAuthorization(body),
    attributes: { [surfaceName]: { ...fromKept(body) } },
  };
}

/** A client as it is answered, in the key order of the document. */
export function toClient({ clientId, state, validFrom }: ClientVersion): SetupClientAnswer {
  const kept = keptOf(state);
  const { authorization } = state;
  return present<SetupClientAnswer>({
    notSentGrantType: state.inheritsGrantTypes,
    metadata: toMetadata(kept.metadata ?? []),
    client_uri: kept.clientUri,
    jwks: authorization.jwks,
    logo_uri: kept.logoUri,
    valid_from: validFrom.toISOString(),
    client_id: clientId,
    token_endpoint_auth_method: state.authenticationMethods[0] ?? 'none',
    require_pushed_authorization_requests: authorization.requirePushedAuthorizationRequests ?? false,
    pkce_mode: authorization.pkceMode ?? 'allowed',
    access_token_ttl: state.accessTokenTtlSeconds,
    policy_uri: kept.policyUri,
    id_token_signed_response_alg: authorization.idTokenSignedResponseAlg ?? 'RS256',
    owner: kept.owner,
    persisted_consent_ttl: authorization.persistedConsentTtlSeconds,
    grant_types: state.grantTypes,
    id_token_ttl: authorization.idTokenTtlSeconds,
    force_reauthentication: authorization.forceReauthentication,
    redirect_uris: state.redirectUris,
    confidentiality_type: state.type,
    id_token_encrypted_response_alg: authorization.idTokenEncryptedResponseAlg,
    id_token_encrypted_response_enc: authorization.idTokenEncryptedResponseEnc,
    name: state.name ?? clientId,
    jwks_uri: authorization.jwksUri,
    comment: kept.comment,
    scopes: state.scopes,
    tos_uri: kept.tosUri,
    contacts: kept.contacts ?? [],
    response_types: responseTypesOf(state),
    refresh_token_ttl: state.refreshTokenTtlSeconds,
  });
}

/** @param chosen whether the caller chose the secret, and so knows it */
export function toCreatedClient(
  { client, secret }: RegisteredWithSecret,
  chosen: boolean,
): CreatedSetupClient {
  return { clientId: toWireId(client.id), ...(secret !== null && !chosen && { client_secret: secret }) };
}

export function toNames({ items, nextCursor }: Page<FoundParent>): WirePage {
  const body = Object.fromEntries(items.map(({ id, name, clientId }) => [toWireId(id), name ?? clientId]));
  return { body, nextCursor };
}

/** What the state of a client contains that has these labels. */
export function fromClientLabels({ name, owner, metadata }: Labels): object {
  const kept = { ...(owner !== undefined && { owner }), ...(metadata && { metadata }) };
  return {
    ...(name !== undefined && { name }),
    ...(Object.keys(kept).length > 0 && { attributes: { [surfaceName]: kept } }),
  };
}

/** What this surface keeps of a client that it only gives back. */
export function keptOf({ attributes }: Pick<ClientState, 'attributes'>): KeptFields {
  return (attributes[surfaceName] ?? {}) as KeptFields;
}

/** Where the client says nothing, they follow from its grant types (RFC 7591 §2.1). */
export function responseTypesOf({ authorization, grantTypes }: ClientState): readonly string[] {
  return authorization.responseTypes ?? (grantTypes.includes('authorization_code') ? ['code'] : []);
}

/** The object without what is undefined or null. */
export function present<T extends object>(members: { [K in keyof T]: T[K] | null | undefined }): T {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as T;
}

function fromAuthorization(body: SetupClientBody): AuthorizationSettings {
  const alg = body.id_token_encrypted_response_alg;
  const usesEncryption = typeof alg === 'string' && alg !== 'none';
  const enc = usesEncryption ? (body.id_token_encrypted_response_enc ?? usualContentAlgorithm) : undefined;
  return present<AuthorizationSettings>({
    responseTypes: body.response_types,
    pkceMode: body.pkce_mode,
    requirePushedAuthorizationRequests: body.require_pushed_authorization_requests,
    forceReauthentication: body.force_reauthentication,
    idTokenTtlSeconds: body.id_token_ttl,
    persistedConsentTtlSeconds: body.persisted_consent_ttl,
    idTokenSignedResponseAlg: body.id_token_signed_response_alg,
    idTokenEncryptedResponseAlg: alg,
    idTokenEncryptedResponseEnc: enc,
    jwks: body.jwks,
    jwksUri: body.jwks_uri,
  });
}

function fromKept(body: SetupClientBody): KeptFields {
  return present<KeptFields>({
    clientUri: body.client_uri,
    logoUri: body.logo_uri,
    policyUri: body.policy_uri,
    tosUri: body.tos_uri,
    contacts: body.contacts,
    comment: body.comment,
    owner: body.owner,
    metadata: body.metadata ? fromMetadata(body.metadata) : undefined,
  });
}

function mustGoTogether(body: ClientMetadata): void {
  const issues: Issue[] = [];
  if (body.jwks && body.jwks_uri) {
    issues.push({ path: 'jwks', message: 'must not be sent together with jwks_uri' });
  }
  const alg = body.id_token_encrypted_response_alg ?? 'none';
  if (alg === 'none' && body.id_token_encrypted_response_enc) {
    issues.push({
      path: 'id_token_encrypted_response_enc',
      message: 'must not be sent without id_token_encrypted_response_alg',
    });
  }
  if (issues.length > 0) throw invalid('The body is not valid.', issues);
}
