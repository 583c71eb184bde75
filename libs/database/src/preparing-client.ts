import { createHash } from 'node:crypto';
import pg from 'pg';

const mostNames = 500;
/** A statement that inserts many rows has a text for each number of rows, and PostgreSQL would keep them all. */
const longestText = 10_000;
const names = new Map<string, string>();

/**
 * A pg client that gives each parameterised statement a name, so that PostgreSQL parses and plans it once per
 * connection instead of at every call: about half the time of a look-up by key. Statements beyond the first 500
 * texts stay unnamed, for a server keeps every named one in memory.
 */
export class PreparingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg overloads query() seven ways; this passes all of them on
  override query(...parameters: any[]): any {
    const [text, values] = parameters;
    if (typeof text === 'string' && Array.isArray(values) && values.length > 0) {
      const name = statementName(text);
      if (name) parameters.splice(0, 2, { name, text, values });
    }
    return (super.query as (...parameters: unknown[]) => unknown)(...parameters);
  }
}

function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known || names.size >= mostNames || text.length > longestText) return known;
  const name = `s_${createHash('sha1').update(text).digest('hex').slice(0, 20)}`;
  names.set(text, name);
  return name;
}
