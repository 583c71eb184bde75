import { invalidRequest } from '#libs/common';
import { Form } from '../http/parsing/form.js';

/** Every parameter of the endpoints that the protocol defines; none of them may be sent twice (RFC 6749 §3.2). */
const protocolParameters = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
  'resource',
  'audience',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'assertion',
  'username',
  'password',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'device_code',
  'auth_req_id',
  'token',
  'token_type_hint',
];

/**
 * The parameters of a request to an OAuth endpoint; those of an absent body are none.
 *
 * @throws DomainError `invalid_request` when one of the protocol's is sent twice; others may repeat
 */
export function mustNotRepeatParameters(form: Form | undefined): Form {
  if (!form) return new Form();
  form.mustNotRepeat(protocolParameters);
  return form;
}

const longestToken = 60_000;

/**
 * The `token` that introspection and revocation are about.
 *
 * @throws DomainError `invalid_request` when it is missing or sent twice
 */
export function tokenParameter(form: Form | undefined): string {
  const token = mustNotRepeatParameters(form).single('token', longestToken);
  if (token === undefined) throw invalidRequest('The parameter token is missing.');
  return token;
}
