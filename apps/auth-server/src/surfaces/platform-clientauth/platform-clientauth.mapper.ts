import {
  type Credential,
  type CredentialOfClient,
  type RegisteredWithSecret,
  type RegistrationDraft,
  type Slice,
  type SliceRequest,
  statusOf,
} from '#libs/credentials';
import type { SigningAlgorithm } from '#libs/keys';
import type { IssuedToken, SubjectLabel } from '#libs/tokens';
import type { PresentedPair } from '../../security/presented-secret.js';
import type {
  PlatformCreatedCredential,
  PlatformCredential,
  PlatformCredentialBody,
  PlatformCredentialList,
  PlatformCredentialsQuery,
  PlatformToken,
  PlatformTokenBody,
} from './platform-clientauth.dto.js';

const usualAlgorithm: SigningAlgorithm = 'EdDSA';
const usualLimit = 25;
const usualTtlMinutes = 15;

/** What signs the tokens of a credential. */
export interface Signer {
  readonly alg: string;
  readonly kid: string;
}

/** The algorithm that a body asks for; BodyPipe has seen to it that there is such a one. */
export function fromAlgorithm({ alg }: PlatformCredentialBody): SigningAlgorithm {
  return (alg || usualAlgorithm) as SigningAlgorithm;
}

/** The client that a body asks for, with its first credential: it holds no role, no scope, nothing but its name. */
export function fromNewCredential(body: PlatformCredentialBody, clientId: string): RegistrationDraft {
  const { name } = body;
  return {
    draft: {
      clientId,
      name,
      description: null,
      enabled: true,
      grantTypes: ['client_credentials'],
      authenticationMethods: ['client_secret_basic', 'client_secret_post'],
      defaultRolesAssignment: false,
      scopes: [],
      redirectUris: [],
      accessTokenTtlSeconds: null,
      refreshTokenTtlSeconds: null,
    },
    path: '',
    secret: undefined,
    credential: { name, alg: fromAlgorithm(body) },
  };
}

/** Which part of the list a query asks for. */
export function fromQuery({ limit = usualLimit, offset = 0 }: PlatformCredentialsQuery): SliceRequest {
  return { limit, offset };
}

/** The proof in a body: whoever may send its secret in a form may send it in JSON (RFC 6749 §2.3.1). */
export function fromProof({ client_id, client_secret }: PlatformTokenBody): PresentedPair {
  return { method: 'client_secret_post', clientId: client_id, secret: client_secret };
}

/** How the token is to be labelled, and how long it may live. */
export function fromTokenRequest({ subject, ttl_minutes }: PlatformTokenBody): SubjectLabel {
  return { subject, ttlSeconds: (ttl_minutes ?? usualTtlMinutes) * 60 };
}

/** A credential as it is answered, in the key order of the document. */
export function toCredential(
  { credential, client }: CredentialOfClient,
  { alg, kid }: Signer,
  now: Date,
): PlatformCredential {
  return {
    alg,
    client_id: client.clientId,
    created_at: credential.createdAt.toISOString(),
    id: credential.id,
    kid,
    last_used_at: credential.lastUsedAt?.toISOString() ?? null,
    // Other surfaces let a credential go without a name; here it is always a string.
    name: credential.name ?? client.name ?? client.clientId,
    status: `CLIENT_CREDENTIAL_STATUS_${toStatus(credential, now)}`,
  };
}

/** A credential with its secret. */
export function toCreatedCredential(
  { client, credential, secret }: RegisteredWithSecret,
  signer: Signer,
  now: Date,
): PlatformCreatedCredential {
  const made = { client, credential: credential as Credential };
  return { client_secret: secret as string, credential: toCredential(made, signer, now) };
}

/** A part of the list, with the length of the whole. */
export function toCredentialList(
  { items, total }: Slice<CredentialOfClient>,
  signerOf: (credential: Credential) => Signer,
  now: Date,
): PlatformCredentialList {
  const credentials = items.map((item) => toCredential(item, signerOf(item.credential), now));
  return { credentials, total };
}

/** A token as it is answered. */
export function toToken({ accessToken, expiresInSeconds, expiresAtSeconds }: IssuedToken): PlatformToken {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    expires_at: new Date(expiresAtSeconds * 1000).toISOString(),
  };
}

/** There are two words only: one that has expired or was rotated away works no more than a revoked one. */
function toStatus(credential: Credential, now: Date): 'ACTIVE' | 'REVOKED' {
  const status = statusOf(credential, now);
  return status === 'active' || status === 'retiring' ? 'ACTIVE' : 'REVOKED';
}
