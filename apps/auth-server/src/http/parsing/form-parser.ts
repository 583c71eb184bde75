import { isAscii } from 'node:buffer';
import { HttpProblem } from '../problems/problem.js';
import { Form } from './form.js';

/** The limits of a form, in whatever way it is encoded. */
export const maxParameters = 100;
export const maxNameLength = 128;
/** What the text of a form must not contain. */
export const controlCharacter = /[\x00-\x1f\x7f]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The most that a form body may have, in bytes. */
export const formLimitBytes = 64 * 1024;

/**
 * Parses `application/x-www-form-urlencoded` (RFC 6749 Appendix B) and refuses what a lenient parser would guess at:
 * invalid UTF-8 or percent-encoding, control characters, too many parameters. Brackets and `__proto__` are names
 * like any other.
 */
export function parseForm(bytes: Buffer): Form {
  const form = new Form();
  if (bytes.length === 0) return form;
  const text = isAscii(bytes) ? bytes.toString('latin1') : decodeUtf8(bytes);
  if (controlCharacter.test(text)) throw malformed('contains a control character');
  let count = 0;
  for (let start = 0; start <= text.length; ) {
    const ampersand = text.indexOf('&', start);
    const end = ampersand === -1 ? text.length : ampersand;
    if (end > start) {
      if (++count > maxParameters) throw malformed(`has more than ${maxParameters} parameters`);
      appendPair(form, text, start, end);
    }
    start = end + 1;
  }
  return form;
}

function appendPair(form: Form, text: string, start: number, end: number): void {
  const equals = text.indexOf('=', start);
  const nameEnd = equals === -1 || equals > end ? end : equals;
  const name = decodeFormValue(text.slice(start, nameEnd));
  if (name.length > maxNameLength) throw malformed('has a parameter with too long a name');
  form.append(name, nameEnd === end ? '' : decodeFormValue(text.slice(nameEnd + 1, end)));
}

/**
 * Decodes one form-encoded text (RFC 6749, appendix B).
 *
 * @throws HttpProblem 400 for an invalid percent-encoding or an encoded control character
 */
export function decodeFormValue(encoded: string): string {
  const spaced = encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  if (!spaced.includes('%')) return spaced;
  const decoded = decodePercent(spaced);
  if (controlCharacter.test(decoded)) throw malformed('contains a control character');
  return decoded;
}

function decodePercent(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw malformed('has an invalid percent-encoding');
  }
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('is not valid UTF-8');
  }
}

function malformed(what: string): HttpProblem {
  return new HttpProblem(400, 'malformed_form', `The form body ${what}.`);
}
