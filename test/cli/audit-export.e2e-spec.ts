import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { environmentOf, runCommandLine, spawnCommandLine } from './support/command-line.js';

const eventCount = 2_500;

describe('audit export', () => {
  let database: TestDatabase;
  let env: NodeJS.ProcessEnv;
  let directory: string;
  const run = (...args: string[]) => runCommandLine(['audit', 'export', ...args], { env });
  before(async () => {
    database = await cloneDatabase();
    env = environmentOf(database.url);
    directory = mkdtempSync(join(tmpdir(), 'clientele-audit-'));
    await runCommandLine(['organization', 'create', 'ABC'], { env });
    // More than one page of the export, with an actor that a spreadsheet would run.
    await database.query(
      `insert into audit_event (organization_id, sequence, occurred_at, action, actor, target_type, target_id, details, hash)
       select id, n, now(), 'client.created', '=1+1', 'client', 'say "hi", ' || n, '{"scopes": ["a", "b"]}', '\\x00'
       from organization, generate_series(2, $1) as n where customer_id = 'ABC'`,
      [eventCount],
    );
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await database.drop();
  });

  it('writes every event of the customer as a line of JSON, in order', async () => {
    const { exitCode, stdout, stderr } = await run('ABC');
    assert.deepEqual([exitCode, stderr], [0, '']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ sequence }) => Number(sequence)),
      Array.from({ length: eventCount }, (_, i) => i + 1),
    );
    const { action, actor, targetId, hash } = events[0];
    assert.deepEqual([action, actor, targetId], ['organization.created', 'command line', 'ABC']);
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.deepEqual(events[1].details, { scopes: ['a', 'b'] });
  });

  it('writes CSV that a spreadsheet reads and does not run', async () => {
    const lines = (await run('ABC', '--format', 'csv')).stdout.trimEnd().split('\n');
    assert.equal(lines.length, eventCount + 1);
    assert.match(lines[0] ?? '', /^sequence,occurredAt,action,actor,/);
    assert.match(
      lines[2] ?? '',
      /^2,[^,]+Z,client\.created,'=1\+1,,,,client,"say ""hi"", 2","\{""scopes"":\[""a"",""b""\]\}",/,
    );
  });

  it('writes to a file that its owner alone can read, and leaves no half of one', async () => {
    const file = join(directory, 'server.jsonl');
    const { exitCode, stdout } = await run('--server', '--output', file);
    assert.deepEqual([exitCode, stdout], [0, '']);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /"action":"signing_key\.created"/);
    assert.deepEqual(readdirSync(directory), ['server.jsonl']);
  });

  it('fails for a file that cannot be written, and for an unknown customer', async () => {
    const nowhere = join(directory, 'missing', 'file');
    const unwritable = await run('ABC', '--output', nowhere);
    assert.deepEqual(
      [unwritable.exitCode, unwritable.stderr],
      [1, `${nowhere} cannot be written (ENOENT).\n`],
    );
    const unknown = await run('NONE');
    assert.deepEqual([unknown.exitCode, unknown.stderr], [1, 'The customer does not exist.\n']);
  });

  it('ends quietly when nobody reads on', async () => {
    const { exitCode, stderr } = await spawnCommandLine(['audit', 'export', 'ABC'], {
      env,
      stopsReading: true,
    });
    assert.deepEqual([exitCode, stderr], [1, '']);
  });
});
