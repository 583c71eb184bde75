import { DomainError } from './domain-error.js';

/*
 * The errors of the OAuth protocol in one table (RFC 6749 §5.2, RFC 6750 §3.1, RFC 8707 §2). Each is a DomainError
 * whose code is the `error` of the wire; the descriptions keep to %x20-21 / %x23-5B / %x5D-7E and never repeat input.
 */

/** The request is malformed: a parameter is missing, repeated or has a form that is not allowed. */
export function invalidRequest(description: string): DomainError {
  return new DomainError('invalid', description, { code: 'invalid_request' });
}

/** The one answer for every failure of client authentication: it says nothing of what failed. */
export function invalidClient(cause?: string): DomainError {
  return new DomainError('unauthenticated', 'Client authentication failed.', {
    code: 'invalid_client',
    cause,
  });
}

/** The client may not use this grant type. */
export function unauthorizedClient(): DomainError {
  return new DomainError('invalid', 'The client is not allowed to use this grant type.', {
    code: 'unauthorized_client',
  });
}

/** The client proved itself, at an address where it may not be used. @param level whose list leaves the address out */
export function networkNotAllowed(
  level: 'organization' | 'client' | 'credential' | 'quarantine',
): DomainError {
  const reason =
    level === 'quarantine'
      ? 'the secret was reported as leaked and is in quarantine.'
      : `the allowed networks of the ${level} leave it out.`;
  const words = `The client must not be used from this address: ${reason}`;
  return new DomainError('invalid', words, { code: 'unauthorized_client', cause: `${level}_networks` });
}

export function unsupportedGrantType(): DomainError {
  return new DomainError('invalid', 'The grant type is not supported by this server.', {
    code: 'unsupported_grant_type',
  });
}

/** A requested scope is malformed, unknown, or more than the client may have. */
export function invalidScope(): DomainError {
  return new DomainError(
    'invalid',
    'The requested scope is malformed or exceeds what the client may request.',
    {
      code: 'invalid_scope',
    },
  );
}

/** RFC 8707 §2: the requested resource is not one the client may have tokens for. */
export function invalidTarget(): DomainError {
  return new DomainError('invalid', 'The requested resource is malformed or not allowed for the client.', {
    code: 'invalid_target',
  });
}

/** The access token is missing its proof: malformed, expired, revoked or not ours (RFC 6750 §3.1). */
export function invalidToken(cause?: string): DomainError {
  return new DomainError(
    'unauthenticated',
    'The access token is malformed, expired, revoked or not valid here.',
    {
      code: 'invalid_token',
      cause,
    },
  );
}
