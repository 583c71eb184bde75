import { invalidClient, invalidRequest } from '#libs/common';
import { Form } from '../http/parsing/form.js';
import { decodeFormValue } from '../http/parsing/form-parser.js';

/** An id and a secret as they came in, and how (RFC 6749 §2.3.1). */
export interface PresentedPair {
  readonly method: 'client_secret_basic' | 'client_secret_post';
  readonly clientId: string;
  readonly secret: string;
}

/** What the reader looks at of a request. */
interface RequestParts {
  readonly headers: { readonly authorization?: string | undefined };
  readonly body: unknown;
}

const longestClientId = 255;
const longestSecret = 1_024;
const basicPattern = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * Reads how a client tries to prove itself. Exactly one way is allowed in a request (RFC 6749 §2.3), and a header of
 * any kind is an attempt: nothing in the body makes up for one that fails.
 *
 * @throws DomainError `invalid_request` when it is malformed or there is more than one way; `invalid_client` when
 *   there is none that we know
 */
export function readPresentedSecret({ headers, body }: RequestParts): PresentedPair {
  const form = body instanceof Form ? body : new Form();
  const clientId = form.single('client_id', longestClientId);
  const secret = form.single('client_secret', longestSecret);
  const assertion = form.single('client_assertion', 16_384) ?? form.single('client_assertion_type');
  const ways = [headers.authorization, secret, assertion].filter((way) => way !== undefined).length;
  if (ways > 1) throw invalidRequest('Use one way of client authentication only.');
  if (headers.authorization !== undefined) return fromBasic(headers.authorization, clientId);
  if (clientId === undefined || secret === undefined) throw invalidClient('nothing presented');
  return { method: 'client_secret_post', clientId, secret };
}

function fromBasic(header: string, bodyClientId: string | undefined): PresentedPair {
  const encoded = basicPattern.exec(header)?.[1];
  if (encoded === undefined) throw invalidClient('not a Basic header');
  const [clientId, secret] = splitPair(decodeBase64(encoded));
  if (bodyClientId !== undefined && bodyClientId !== clientId) {
    throw invalidRequest('The client_id of the body is not that of the Authorization header.');
  }
  return { method: 'client_secret_basic', clientId, secret };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeBase64(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw invalidClient('not canonical Base64');
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalidClient('not UTF-8');
  }
}

/** The id ends at the first colon (RFC 7617 §2); both parts are form-encoded within (RFC 6749 §2.3.1). */
function splitPair(pair: string): [clientId: string, secret: string] {
  const colon = pair.indexOf(':');
  if (/[\x00-\x1f\x7f]/.test(pair)) throw invalidClient('control character');
  if (colon === -1) throw invalidClient('no colon');
  const clientId = decodeFormValue(pair.slice(0, colon));
  const secret = decodeFormValue(pair.slice(colon + 1));
  if (clientId === '' || secret === '') throw invalidClient('empty id or secret');
  if (clientId.length > longestClientId || secret.length > longestSecret) throw invalidClient('too long');
  return [clientId, secret];
}
