/** A parsed query string; a repeated parameter has all of its values. */
export type Query = Record<string, string | string[]>;

const malformed = Symbol('malformed');
const maxParameters = 100;

/**
 * Parses a query string. It never throws, because the router calls it where nothing catches (the process would end):
 * what can't be decoded is remembered and refused by `checkRequest`.
 */
export function parseQuery(text: string): Query {
  const query: Query & { [malformed]?: true } = Object.create(null);
  if (text === '') return query;
  const pairs = text.split('&', maxParameters + 1);
  if (pairs.length > maxParameters) query[malformed] = true;
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) query[malformed] = true;
    else add(query, name, value);
  }
  return query;
}

/** Whether the query string had something in it that can't be decoded. */
export function isMalformedQuery(query: unknown): boolean {
  return typeof query === 'object' && query !== null && malformed in query;
}

function add(query: Query, name: string, value: string): void {
  const before = query[name];
  if (before === undefined) query[name] = value;
  else if (typeof before === 'string') query[name] = [before, value];
  else before.push(value);
}

function decode(encoded: string): string | undefined {
  const spaced = encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}
