import { isIP } from 'node:net';
import { z } from 'zod';

/*
 * What the value of a variable may look like. Every message completes the sentence "PORT "abc" …" and never repeats
 * the value, which may be a secret.
 */

export function wholeNumber(minimum: number, maximum: number) {
  const allowed = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, allowed)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, allowed);
}

/** So many in so many seconds: `1000/60`. */
export function quota() {
  const allowed = 'must be a number of tokens and of seconds (1 to 86400), as 1000/60';
  return z
    .string()
    .regex(/^[1-9]\d{0,11}\/[1-9]\d{0,4}$/, allowed)
    .transform((value) => {
      const [tokens = 0, seconds = 0] = value.split('/').map(Number);
      return { tokens, seconds };
    })
    .refine(({ seconds }) => seconds <= 86_400, allowed);
}

export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

/** Visible characters of ASCII, as OAuth identifiers and secrets are made of (RFC 6749 Appendix A). */
export function visibleText(minimum: number, maximum: number) {
  const pattern = new RegExp(`^[\\x20-\\x7e]{${minimum},${maximum}}$`);
  return z.string().regex(pattern, `must be ${minimum} to ${maximum} printable ASCII characters`);
}

export function path() {
  return z.string().refine((value) => !value.includes('\0'), 'must be the path of a directory');
}

/** What is fetched, so that nobody can change it on the way, or the path of a file. */
export function httpsUrlOrFile() {
  const allowed = 'must be an https URL without user name and password, or the path of a file';
  return z.string().refine((value) => {
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return value !== '' && !value.includes('\0');
    const url = parseUrl(value);
    if (!url || url.username || url.password) return false;
    const isLoopback = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback);
  }, allowed);
}

export function hostName() {
  return z
    .string()
    .refine(
      (value) => isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value),
      'must be an IP address or a host name to listen on, without a port',
    );
}

/** An issuer identifier: what tokens carry is compared character by character, so one spelling alone is taken. */
export function issuerUrl() {
  return z.string().superRefine((value, context) => {
    const complaint = issuerComplaint(value);
    if (complaint) context.addIssue({ code: 'custom', message: complaint });
  });
}

function issuerComplaint(value: string): string | undefined {
  const url = parseUrl(value);
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an absolute http or https URL';
  if (url.username || url.password) return 'must not contain a user name or password';
  if (/[?#]/.test(value)) return 'must not have a query or a fragment (RFC 8414 §2)';
  if (value.endsWith('/')) return 'must not end in a slash';
  const normal = url.href.replace(/\/$/, '');
  if (value !== normal) return `must be written in its normal form, ${normal}`;
  return undefined;
}

export function postgresUrl() {
  return z.string().superRefine((value, context) => {
    const url = parseUrl(value);
    if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !/^\w+:\/\//.test(value)) {
      context.addIssue({
        code: 'custom',
        message: 'must be a URL of the form postgresql://user:password@host:5432/database',
      });
    } else if (url.hash || /@/.test(url.pathname + url.search)) {
      context.addIssue({
        code: 'custom',
        message: 'must have the characters / ? # @ of its user name and password percent-encoded',
      });
    }
  });
}

/** A name that SQL takes without quotation marks. */
export function sqlName() {
  return z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, {
    message: 'must be 1 to 63 small letters, digits and _, and not begin with a digit',
  });
}

export function redisUrl() {
  return z.string().refine((value) => /^rediss?:$/.test(parseUrl(value)?.protocol ?? ''), {
    message: 'must be a URL of the form redis://user:password@host:6379/0, or rediss:// for TLS',
  });
}

/** Keys of 32 bytes each in base64, the newest first. */
export function keyList() {
  return z.string().transform((value, context) => {
    const parts = value.split(',').map((part) => part.trim());
    const keys = parts.map(decodeKey);
    const wrong = keys.indexOf(undefined);
    if (wrong === -1) return keys as Buffer[];
    const which = keys.length > 1 ? `; number ${wrong + 1} of ${keys.length} is not` : '';
    context.addIssue({
      code: 'custom',
      message: `must be the base64 of 32 bytes (openssl rand -base64 32), or several separated by commas${which}`,
    });
    return z.NEVER;
  });
}

/** The 32 bytes, or undefined when the text is not exactly their base64 or base64url. */
export function decodeKey(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

export function addressList() {
  return z.string().transform((value, context) => {
    const addresses = splitList(value);
    for (const address of addresses) {
      const complaint = addressComplaint(address);
      if (complaint) context.addIssue({ code: 'custom', message: complaint });
    }
    return addresses;
  });
}

/** Networks, or single addresses, of whatever size. */
export function networkList() {
  return z.string().transform((value, context) => {
    const networks = splitList(value);
    if (!networks.every(isNetwork)) {
      const message = 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas';
      context.addIssue({ code: 'custom', message });
    }
    return networks;
  });
}

function isNetwork(text: string): boolean {
  const [host = '', prefix, ...rest] = text.split('/');
  const bits = isIP(host) === 4 ? 32 : 128;
  return isIP(host) !== 0 && rest.length === 0 && (prefix === undefined || isPrefix(prefix, bits));
}

function addressComplaint(address: string): string | undefined {
  const [host = '', prefix, ...rest] = address.split('/');
  const bits = isIP(host) === 4 ? 32 : 128;
  if (address.toLowerCase() === 'true' || prefix === '0')
    return 'must name the proxies: believing everybody lets any caller choose the address it is known by';
  if (isIP(host) === 0 || rest.length > 0 || (prefix !== undefined && !isPrefix(prefix, bits)))
    return 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas';
  return undefined;
}

function isPrefix(text: string, bits: number): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= bits;
}

/** The parsed URL, or undefined: `URL.parse` came with a later Node than the oldest one we run on. */
export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

export function originList() {
  return z.string().transform((value, context) => {
    const origins = splitList(value);
    for (const origin of origins) {
      if (origin === '*') {
        context.addIssue({ code: 'custom', message: 'must name each origin; * would admit every web page' });
      } else if (!/^https?:/.test(origin) || parseUrl(origin)?.origin !== origin) {
        context.addIssue({
          code: 'custom',
          message: 'must be origins such as https://console.example.com, without a path, separated by commas',
        });
      }
    }
    return origins;
  });
}

function splitList(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
