import { clientAuthenticationMethods, clientGrantTypes } from '#libs/clients';
import { signingAlgorithms } from '#libs/keys';
import { Choice, Flag, ListOf, Text } from '../../http/fields.js';
import { contentAlgorithms, isSafeUrl } from './client-rules.js';
import { Jwks, KeyAlgorithm } from './key.fields.js';

const left = { optional: true, nullable: true } as const;

/** A URL that people or servers are sent to. */
function Url(description: string): PropertyDecorator {
  const test = { passes: isSafeUrl, message: 'must be an https URL; http is for localhost only' };
  return Text({
    ...left,
    max: 2000,
    format: 'uri',
    description,
    example: 'https://client.example/about',
    test,
  });
}

/** The members that a client has in both of this surface's requests, by the names of RFC 7591 §2 and its kin. */
export class ClientMetadata {
  @Choice([...clientAuthenticationMethods, 'none'], {
    ...left,
    default: 'client_secret_basic',
    description:
      'How it proves itself at the token endpoint; `none` is for public clients, whose only one it is.',
    example: 'client_secret_basic',
  })
  token_endpoint_auth_method?: string | null;

  @ListOf(String, {
    ...left,
    unique: true,
    choices: clientGrantTypes,
    description: 'Left out: those of the setup, else authorization_code.',
    example: ['client_credentials'],
  })
  grant_types?: string[] | null;

  @ListOf(String, { ...left, unique: true, choices: ['code'], example: [] })
  response_types?: string[] | null;

  @ListOf(String, {
    ...left,
    default: [],
    unique: true,
    each: { min: 1, max: 2000 },
    description: 'Compared exactly; needed with authorization_code.',
    example: [],
  })
  redirect_uris?: string[] | null;

  @Url('What it is, for people.')
  client_uri?: string | null;

  @Url('Its logo.')
  logo_uri?: string | null;

  @Url('How it treats data.')
  policy_uri?: string | null;

  @Url('Its terms of service.')
  tos_uri?: string | null;

  @ListOf(String, { ...left, default: [], each: { min: 1 }, example: ['team@client.example'] })
  contacts?: string[] | null;

  @Jwks({ ...left, description: 'Its public keys (RFC 7517 §5), by value. Not together with jwks_uri.' })
  jwks?: Record<string, unknown> | null;

  @Url('Where its public keys are. Not together with jwks.')
  jwks_uri?: string | null;

  @Flag({ ...left, default: false, description: 'RFC 9126 §6.' })
  require_pushed_authorization_requests?: boolean | null;

  @Choice(signingAlgorithms, { ...left, default: 'RS256', example: 'RS256' })
  id_token_signed_response_alg?: string | null;

  @KeyAlgorithm({
    ...left,
    description: 'RSA1_5 is refused: it is not safe (RFC 8725 §3.2).',
    example: 'RSA-OAEP-256',
  })
  id_token_encrypted_response_alg?: string | null;

  @Choice(contentAlgorithms, { ...left, default: 'A128CBC-HS256', example: 'A128CBC-HS256' })
  id_token_encrypted_response_enc?: string | null;
}
