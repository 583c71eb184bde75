import { sqlStateOf } from '../problems/database-fault.js';

const secretName =
  /authorization|secret|token|password|passphrase|cookie|assertion|pepper|credential$|api[-_]?key|private[-_]?key|master[-_]?key/i;
/** Names that only sound secret, and that an operator looks for. */
const harmlessName = /^(tokenType|token_type|credentialId|tokensCount)$/;
const maxDepth = 4;
const knownNames = new Map<string, boolean>();

/** A copy of what is to be logged in which nothing that is called a secret keeps its value. */
export function redacted(entry: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(entry)) {
    result[name] = isSecret(name) ? '[redacted]' : redactedValue(entry[name], depth);
  }
  return result;
}

/**
 * What the log keeps of an error: never its own properties, which hold SQL parameters, requests and rows; of a
 * database error not even the message, which quotes values.
 */
export function errorFacts(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { driverError, cause, code } = error as Error & { driverError?: unknown; code?: unknown };
  const sqlState = sqlStateOf(driverError ?? error);
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return {
    type: error.name,
    message: sqlState ? databaseMessage(sqlState, driverError ?? error) : error.message,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    stack: frames.join('\n'),
    ...(cause !== undefined && depth < maxDepth && { cause: causeFacts(cause, depth) }),
  };
}

function causeFacts(cause: unknown, depth: number): unknown {
  return typeof cause === 'string' ? cause : errorFacts(cause, depth + 1);
}

function databaseMessage(sqlState: string, error: unknown): string {
  const { table, constraint, column } = error as Record<string, unknown>;
  const places = Object.entries({ table, constraint, column }).filter(([, name]) => typeof name === 'string');
  return [`SQLSTATE ${sqlState}`, ...places.map(([kind, name]) => `${kind} ${name}`)].join(', ');
}

function redactedValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorFacts(value);
  if (depth >= maxDepth) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactedValue(item, depth + 1));
  const isPlain = Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
  return isPlain ? redacted(value as Record<string, unknown>, depth + 1) : String(value);
}

function isSecret(name: string): boolean {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const answer = secretName.test(name) && !harmlessName.test(name);
  // Bounded, because names may come from data.
  if (knownNames.size < 1000) knownNames.set(name, answer);
  return answer;
}
