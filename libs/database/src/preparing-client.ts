import { createHash } from 'node:crypto';
import pg from 'pg';

const mostNames = 500;
/** A statement that inserts many rows has a text for each number of rows, and PostgreSQL would keep them all. */
const longestText = 10_000;
const names = new Map<string, string>();

/** What TypeORM begins a transaction with. */
const beginning = 'START TRANSACTION';

/**
 * A pg client that gives each parameterised statement a name, so that PostgreSQL parses and plans it once per
 * connection instead of at every call: about half the time of a look-up by key. Statements beyond the first 500
 * texts stay unnamed, for a server keeps every named one in memory.
 *
 * It is meant for pg's pipeline, which sends statements in their order without waiting for one another's answers: those
 * of one moment go out in one write, and nobody waits for the beginning of a transaction, for what follows fails where
 * that failed.
 */
export class PreparingClient extends pg.Client {
  private isCorked = false;

  constructor(options?: pg.ClientConfig) {
    super(options);
    // Whoever has the connection hears of its errors. On the way from the pool to there nobody would, and an error that
    // nobody hears ends the process.
    this.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg overloads query() seven ways; this passes all of them on
  override query(...parameters: any[]): any {
    const [text, values] = parameters;
    if (typeof text === 'string' && Array.isArray(values) && values.length > 0) {
      const name = statementName(text);
      if (name) parameters.splice(0, 2, { name, text, values });
    }
    this.writeTogether();
    const answer = (super.query as (...parameters: unknown[]) => unknown)(...parameters);
    if (text !== beginning) return answer;
    (answer as Promise<unknown>).catch(() => undefined);
    return Promise.resolve({ command: 'START', rows: [], rowCount: null });
  }

  private writeTogether(): void {
    if (this.isCorked) return;
    const { stream } = (this as unknown as { connection: pg.Connection }).connection;
    this.isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.isCorked = false;
      stream.uncork();
    });
  }
}

function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known || names.size >= mostNames || text.length > longestText) return known;
  const name = `s_${createHash('sha1').update(text).digest('hex').slice(0, 20)}`;
  names.set(text, name);
  return name;
}
