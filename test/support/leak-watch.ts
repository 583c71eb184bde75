import assert from 'node:assert/strict';
import { createLog, type Log } from '#app/http/logging/log';
import { CollectedSecrets } from './collected-secrets.js';
import type { TestDatabase } from './database.js';
import { dumpOf } from './database-dump.js';
import type { Answer, RequestOptions } from './http-client.js';
import { testSettings } from './settings.js';
import { secretsIn } from './spellings.js';

/** Enough of each kind: where one of them goes, the others would go too. */
const mostOfAKind = 20;
/** Of each table; enough for what a test writes, and little enough for those that fill tables. */
const mostRowsDumped = 500;
const mostOutputCharacters = 4_000_000;

let secrets = new CollectedSecrets(mostOfAKind);
let outputs = new Map<string, string[]>();
let characters = 0;
let openDatabases = 0;

/*
 * Every test is also one of this: what the test support saw as a secret must not stand in anything that a server put
 * out meanwhile. Whatever a test sends and gets goes past here; when its database is dropped, everything is searched.
 */

/** The log of a server within this process, at its loudest. */
export function watchedLog(): Promise<Log> {
  const destination = { write: (line: string) => noteOutput('the log', line) };
  return createLog({ logLevel: 'trace', logFormat: 'json' }, destination);
}

/** Secrets are looked for as long as a database is there that might hold them. */
export function noteDatabase(): void {
  openDatabases++;
}

/** What a request and its answer say in confidence; and a refusal and the metrics as what must not say it. */
export function noteExchange(method: string, path: string, options: RequestOptions, answer: Answer): void {
  const name = `${method} ${path.split('?', 1)[0]}`;
  secrets.ofOptions(name, options);
  secrets.ofAnswer(name, answer);
  if (answer.status >= 400) noteOutput('the answer of a refused request', answer.text);
  if (path === '/metrics') noteOutput('the metrics', answer.text);
}

/** What may stand anywhere, though the test will present it as a secret. */
export function noteHarmless(value: string): void {
  secrets.leaveOut(value);
}

/** What a server or a command put out. */
export function noteOutput(where: string, text: string): void {
  characters += text.length;
  if (characters > mostOutputCharacters) return;
  const pieces = outputs.get(where) ?? [];
  if (pieces.push(text) === 1) outputs.set(where, pieces);
}

/**
 * Searches all that was put out since the last time, and the database that is about to go, for every secret.
 *
 * @throws AssertionError that names the secrets and where they stand, and tells none of them
 */
export async function mustHaveLeakedNothing(database: TestDatabase): Promise<void> {
  const { masterKeys, secretPeppers } = testSettings();
  for (const key of masterKeys) secrets.add('the master key', key.toString('base64'));
  for (const pepper of secretPeppers) secrets.add('the pepper', pepper.toString('base64'));
  secrets.add('the URL of the database', database.url);
  secrets.add('the password of the database', new URL(database.url).password);
  noteOutput('the database', await dumpOf(database, mostRowsDumped));
  const { values } = secrets;
  const searched = outputs;
  if (--openDatabases === 0) secrets = new CollectedSecrets(mostOfAKind);
  outputs = new Map();
  characters = 0;
  const leaks = [...searched].flatMap(([where, pieces]) =>
    secretsIn(pieces.join('\n'), values).map((name) => `${name} stands in ${where}`),
  );
  assert.deepEqual(leaks, []);
}
