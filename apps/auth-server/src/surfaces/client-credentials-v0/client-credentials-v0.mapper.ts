import { invalid, invalidRequest } from '#libs/common';
import type {
  Credential,
  CredentialOfClient,
  RegisteredWithSecret,
  RegistrationDraft,
  SliceRequest,
} from '#libs/credentials';
import type { IssuedToken, TokenParameters } from '#libs/tokens';
import { Form } from '../../http/parsing/form.js';
import type { PresentedPair } from '../../security/presented-secret.js';
import type {
  V0Credential,
  V0CredentialBody,
  V0CredentialsQuery,
  V0Token,
} from './client-credentials-v0.dto.js';

const usualLimit = 1000;
const longestClientId = 255;
const longestSecret = 1_024;

/** The client that a body asks for, with its first credential: it holds no role, no scope, nothing but its name. */
export function fromNewCredential(body: V0CredentialBody, clientId: string): RegistrationDraft {
  const { name = null, expires } = body;
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
    credential: { name, form: 'base64', ...(expires && { expiresAt: new Date(expires) }) },
  };
}

/** Which part of the list a query asks for. */
export function fromQuery({ limit = usualLimit, offset = 0 }: V0CredentialsQuery): SliceRequest {
  return { limit, offset };
}

/** The parameters of the protocol by the names that they may be sent under, in lower case. */
const parameterOf: ReadonlyMap<string, string> = new Map([
  ['granttype', 'grant_type'],
  ['grant_type', 'grant_type'],
  ['clientid', 'client_id'],
  ['client_id', 'client_id'],
  ['clientsecret', 'client_secret'],
  ['client_secret', 'client_secret'],
  ['scope', 'scope'],
  ['resource', 'resource'],
]);

/**
 * The parameters of a token request, under whichever of their names they were sent.
 *
 * @throws DomainError `invalid_request` when one is sent twice, be it under two names (RFC 6749 §3.2)
 */
export function fromTokenForm(form: Form = new Form()): TokenParameters {
  const sentAs = new Map<string, string>();
  for (const field of form.names()) {
    const parameter = parameterOf.get(field.toLowerCase());
    if (parameter === undefined) continue;
    if (sentAs.has(parameter)) throw invalidRequest(`The field ${field} must not be repeated.`);
    sentAs.set(parameter, field);
  }
  form.mustNotRepeat(sentAs.values());
  return {
    single: (name, maxLength) => {
      const field = sentAs.get(name);
      return field === undefined ? undefined : form.single(field, maxLength);
    },
  };
}

/** The proof in a token request (RFC 6749 §2.3.1). @throws DomainError `invalid` without an id or a secret */
export function fromProof(parameters: TokenParameters): PresentedPair {
  const clientId = parameters.single('client_id', longestClientId);
  const secret = parameters.single('client_secret', longestSecret);
  if (clientId !== undefined && secret !== undefined) {
    return { method: 'client_secret_post', clientId, secret };
  }
  const sent = { ClientId: clientId, ClientSecret: secret };
  const missing = Object.entries(sent).filter(([, value]) => value === undefined);
  throw invalid(
    'The form is not valid.',
    missing.map(([path]) => ({ path, message: 'is required' })),
  );
}

/** A credential as it is listed, in the key order of the document. */
export function toCredential({ credential, client }: CredentialOfClient): V0Credential {
  return {
    credentialId: credential.id,
    clientId: client.clientId,
    name: credential.name ?? client.name,
    secret: null,
    expires: credential.expiresAt?.toISOString() ?? null,
    created: credential.createdAt.toISOString(),
  };
}

/** A credential with its secret. */
export function toCreatedCredential({ client, credential, secret }: RegisteredWithSecret): V0Credential {
  return { ...toCredential({ client, credential: credential as Credential }), secret };
}

/** A token as it is answered. */
export function toToken({ accessToken, expiresInSeconds }: IssuedToken): V0Token {
  return { accessToken, tokenType: 'bearer', expiresIn: expiresInSeconds };
}
