import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AuditCheckpoints } from '#libs/audit';
import { environmentOf, runCommandLine } from '../cli/support/command-line.js';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';

type Json = Readonly<Record<string, unknown>>;

let server: TestServer;
let directory: string;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  directory = mkdtempSync(join(tmpdir(), 'clientele-export-'));
  organization = await createOrganization(server);
  for (const tenantId of ['a', 'b']) await createTenant(tenantId);
  await seal();
  await createTenant('c');
});
after(async () => {
  rmSync(directory, { recursive: true, force: true });
  await server.close();
});

const createTenant = async (tenantId: string) => {
  const { customerId, token } = organization;
  const path = `/oauth/customers/${customerId}/tenants`;
  assert.equal((await server.request('POST', path, { token, json: { tenantId } })).status, 201);
};
const seal = () => server.app.get(AuditCheckpoints, { strict: false }).sealAll();
const read = async (below: string) => {
  const path = `/oauth/customers/${organization.customerId}/audit${below}`;
  const { status, text } = await server.request('GET', path, { token: organization.token });
  assert.equal(status, 200, text);
  return text;
};
const linesOf = (text: string): Json[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const textOf = (lines: readonly Json[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const fileWith = (name: string, text: string) => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

/*
 * docs/audit.md in some lines, by nothing of ours: what somebody writes who wants to check his export by himself.
 */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
};
const hashesOf = (lines: readonly Json[]): string[] => {
  let hash = Buffer.alloc(32);
  return lines.map(({ hash: _, ...facts }) => {
    hash = createHash('sha256')
      .update(hash)
      .update(canonical({ version: 1, ...facts }))
      .digest();
    return hash.toString('hex');
  });
};
const isSignedBy = (x: string, { signature, ...facts }: Json) =>
  verify(
    null,
    Buffer.from(canonical({ type: 'checkpoint', version: 1, ...facts })),
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    Buffer.from(String(signature), 'base64url'),
  );

describe('an export of the audit log', () => {
  it('is proved by whoever has it, by the document alone', async () => {
    const lines = linesOf(await read('/export?format=jsonl'));
    const { checkpoints, keys } = JSON.parse(await read('/proof'));
    assert.deepEqual(
      lines.map(({ hash }) => hash),
      hashesOf(lines),
    );
    assert.equal(checkpoints.length, 1);
    const [checkpoint] = checkpoints;
    assert.equal(checkpoint.hash, lines.find(({ sequence }) => sequence === checkpoint.sequence)?.['hash']);
    assert.ok(isSignedBy(keys[0].publicKey, checkpoint));
    assert.ok(!isSignedBy(keys[0].publicKey, { ...checkpoint, hash: lines[0]?.['hash'] }));
  });

  const verifyFile = async (lines: readonly Json[], proof: string) => {
    const file = fileWith('export.jsonl', textOf(lines));
    // Nothing of the environment: there is no server and no database.
    const { exitCode, stdout, stderr } = await runCommandLine(
      ['audit', 'verify', '--file', file, '--checkpoints', fileWith('proof.json', proof)],
      {},
    );
    return { exitCode, said: stdout + stderr };
  };

  it('fits, for `audit verify --file`, which needs no server', async () => {
    const { exitCode, said } = await verifyFile(linesOf(await read('/export')), await read('/proof'));
    assert.equal(exitCode, 0, said);
    assert.match(said, /: 6 entries fit, 1 checkpoints, signed up to 5\.\nKey [0-9a-f]{16} is [\w-]{43}: /);
  });

  const damages: readonly [what: string, change: (lines: Json[]) => Json[], complaint: RegExp][] = [
    [
      'an entry that was edited',
      (lines) => lines.map((line) => (line['sequence'] === '3' ? { ...line, actor: 'x' } : line)),
      /at entry 3\. Entry 3 is not/,
    ],
    [
      'an entry that was taken out',
      (lines) => [...lines.slice(0, 1), ...lines.slice(2)],
      /at entry 2\. Entry 2 is missing/,
    ],
    ['the beginning that was taken off', (lines) => lines.slice(1), /at entry 1\. Entry 1 is missing/],
    ['a tail that was cut off', (lines) => lines.slice(0, 3), /at entry 4\. Entry 4 is missing/],
    [
      'two entries that changed places',
      ([a, b, c, ...rest]) => [a, c, b, ...rest] as Json[],
      /at entry 2\. Entry 2 is missing/,
    ],
    [
      'an edited entry behind which everything was hashed anew',
      (lines) => {
        const edited = lines.map((line) => (line['sequence'] === '2' ? { ...line, actor: 'x' } : line));
        const hashes = hashesOf(edited);
        return edited.map((line, index) => ({ ...line, hash: hashes[index] }));
      },
      /at entry 1\. The entries from 1 to 5 are not those that were sealed/,
    ],
  ];
  for (const [what, change, complaint] of damages)
    it(`names the first bad entry of a file: ${what}`, async () => {
      const lines = change(linesOf(await read('/export')));
      const { exitCode, said } = await verifyFile(lines, await read('/proof'));
      assert.equal(exitCode, 3, said);
      assert.match(said, complaint);
    });

  it('does not believe a checkpoint that another key signed', async () => {
    const proof = JSON.parse(await read('/proof'));
    const [{ kid }] = proof.keys;
    const keys = [{ kid, publicKey: Buffer.alloc(32, 7).toString('base64url') }];
    const { exitCode, said } = await verifyFile(
      linesOf(await read('/export')),
      JSON.stringify({ ...proof, keys }),
    );
    assert.deepEqual([exitCode, /at entry 5\. The checkpoint at entry 5/.test(said)], [3, true], said);
  });

  it('is no proof when it is something else', async () => {
    const proof = await read('/proof');
    const { exitCode, said } = await verifyFile([{ a: 1 }], proof);
    assert.deepEqual([exitCode, /Line 1 of .* is no entry of an audit log/.test(said)], [1, true], said);
  });
});

describe('the log of an organization that was deleted', () => {
  it('is exported by the name and by the id that it had, and proved with checkpoints kept elsewhere', async () => {
    const env = environmentOf(server.database.url);
    const { customerId, token } = await createOrganization(server);
    const path = `/oauth/customers/${customerId}`;
    await server.request('POST', `${path}/tenants`, { token, json: { tenantId: 'a' } });
    const deleted = await server.request('DELETE', path, { token: await server.operatorToken() });
    assert.equal(deleted.status, 200, deleted.text);
    const checkpoints = await runCommandLine(['audit', 'checkpoints'], { env });
    const byName = await runCommandLine(['audit', 'export', customerId], { env });
    assert.equal(byName.exitCode, 0, byName.stderr);
    const lines = linesOf(byName.stdout);
    assert.equal(lines.at(-1)?.['action'], 'organization.deleted');
    const byId = await runCommandLine(['audit', 'export', String(lines[0]?.['organizationId'])], { env });
    assert.equal(byId.stdout, byName.stdout);

    const kept = fileWith('checkpoints.jsonl', checkpoints.stdout);
    const whole = fileWith('whole.jsonl', byName.stdout);
    const args = ['audit', 'verify', '--file', whole, '--checkpoints', kept];
    const { exitCode, stdout, stderr } = await runCommandLine(args);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /entries fit, 1 checkpoints, signed up to \d+\.$/m);
    fileWith('whole.jsonl', textOf(lines.slice(0, -1)));
    const cut = await runCommandLine(args);
    assert.deepEqual([cut.exitCode, /is missing/.test(cut.stderr)], [3, true], cut.stderr);
  });
});
