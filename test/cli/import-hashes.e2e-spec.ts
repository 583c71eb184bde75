import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { requestByBasic, requestByPost } from '../support/token-requests.js';
import { environmentOf, runCommandLine } from './support/command-line.js';

/**
 * The secrets of the hashes in hashes.csv, which others made: ory/x hasherx and ory/kratos hash (hasher_test.go),
 * hashcat's examples of the modes 20200 and 10000, distribution's registry tests (htpasswd -Bbn), the test vectors of
 * the Argon2 reference implementation, and the documentation of passlib.
 */
const secrets: Readonly<Record<string, string>> = {
  'hydra-sha256': 'test',
  'hydra-sha512': 'test',
  'hydra-bcrypt': 'test',
  'passlib-sha512': 'hashcat',
  'django-sha256': 'hashcat',
  'htpasswd-bcrypt': 'testpassword',
  'argon2-reference': 'password',
  'ory-argon2': 'test',
  'passlib-scrypt': 'password',
  'kratos-scrypt': 'test',
};

describe('a client imported with the hash of its secret', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let directory: string;
  const importCsv = (...lines: string[]) => {
    const path = join(directory, 'clients.csv');
    writeFileSync(path, lines.join('\r\n'));
    return run(path);
  };
  const run = (path: string) =>
    runCommandLine(['import', 'csv', path, '--organization', organization.customerId], {
      env: environmentOf(server.database.url),
    });
  const credentialOf = async (clientId: string) => {
    const [row] = await server.database.query<{ id: string; hash: string; hint: string }>(
      `select k.id, k.hash, k.hint from credential k join client c on c.id = k.client_row_id where c.client_id = $1`,
      [clientId],
    );
    return row as { id: string; hash: string; hint: string };
  };
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'clientele-import-'));
    server = await startServer();
    organization = await createOrganization(server);
    const { exitCode, stdout, stderr } = await run('test/cli/fixtures/import/hashes.csv');
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, `Imported 10 clients into ${organization.customerId}.\n`);
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    await server.close();
  });

  for (const [clientId, secret] of Object.entries(secrets)) {
    it(`of ${clientId} gets tokens by it, and its hash becomes one of ours at the first use`, async () => {
      const { id, hash, hint } = await credentialOf(clientId);
      assert.match(hash, /^imported\$[0-9a-f]{8}\$[\w-]{43}\$/);
      assert.equal(hint, '…');
      assert.equal((await requestByPost(server, { clientId, secret: `${secret}x` })).status, 401);
      assert.equal((await credentialOf(clientId)).hash, hash, 'a wrong secret changes nothing');
      assert.equal((await requestByPost(server, { clientId, secret })).status, 200);
      await eventually(5_000, async () => {
        const renewed = await credentialOf(clientId);
        assert.match(renewed.hash, /^bcrypt-hmac-sha256\$[0-9a-f]{8}\$\$2b\$04\$/);
        assert.equal(renewed.id, id);
        assert.equal(renewed.hint, `…${secret.slice(-4)}`);
      });
      assert.equal((await requestByBasic(server, { clientId, secret })).status, 200);
      assert.equal((await requestByBasic(server, { clientId, secret: `${secret}x` })).status, 401);
    });
  }

  it('writes its renewal to the audit log, and no hash', async () => {
    const events = await server.database.query(
      `select e.action, e.details::text as details from audit_event e join organization o on o.id = e.organization_id
       where o.customer_id = $1 and e.action like 'credential.%' order by e.sequence`,
      [organization.customerId],
    );
    const count = (action: string) => events.filter((event) => event['action'] === action).length;
    assert.equal(count('credential.rehashed'), Object.keys(secrets).length);
    assert.ok(events.some(({ details }) => details.includes('"importedFrom": "csv"')));
    assert.ok(!JSON.stringify(events).includes('pbkdf2'));
  });

  it('opens nothing with a hash that was moved to another client, or altered in the database', async () => {
    const line = (id: string) =>
      `${id},"$argon2id$v=19$m=32,t=2,p=4$cm94YnRVOW5jZzFzcVE4bQ$MNzk5BtR2vUhrp6qQEjRNw"`;
    const { exitCode, stderr } = await importCsv(
      'client_id,secret_hash',
      line('moved-1'),
      line('moved-2'),
      line('altered'),
    );
    assert.equal(exitCode, 0, stderr);
    const put = (clientId: string, hash: string) =>
      server.database.query(
        `update credential set hash = $2 where client_row_id = (select id from client where client_id = $1)`,
        [clientId, hash],
      );
    const { hash } = await credentialOf('moved-1');
    await put('moved-2', hash);
    await put('altered', (await credentialOf('altered')).hash.replace('t=2', 't=3'));
    assert.equal((await requestByBasic(server, { clientId: 'moved-2', secret: 'test' })).status, 401);
    assert.equal((await requestByBasic(server, { clientId: 'altered', secret: 'test' })).status, 401);
    assert.equal((await requestByBasic(server, { clientId: 'moved-1', secret: 'test' })).status, 200);
  });

  it('becomes an HMAC when the secret turns out to be random', async () => {
    // openssl: printf u7Jp2eXwZ5cTq9LkR3vB8nYdG6hA1sMf, salt "saltsalt", 1,000 rounds of PBKDF2 with SHA-256.
    const secret = 'u7Jp2eXwZ5cTq9LkR3vB8nYdG6hA1sMf';
    const hash = '$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQ$DTsAw3pKrdjSyXqbtm1j7x+T17vLMWcpS+Eyk4zkGOM';
    const { exitCode, stderr } = await importCsv('client_id,secret_hash', `random,"${hash}"`);
    assert.equal(exitCode, 0, stderr);
    assert.equal((await requestByBasic(server, { clientId: 'random', secret })).status, 200);
    await eventually(5_000, async () =>
      assert.match((await credentialOf('random')).hash, /^hmac-sha256\$[0-9a-f]{8}\$[\w-]{43}$/),
    );
    assert.equal((await requestByPost(server, { clientId: 'random', secret })).status, 200);
  });

  it('is refused with a hash that costs too much, is damaged or of no known form, each with its line', async () => {
    const salt = 'c29tZXNhbHRzb21lc2FsdA';
    const key = 'QJxzfvdbHYBpydCbHoFg3GJEqMFULwskiuqiJctoYpI';
    const hostile: readonly (readonly [hash: string, complaint: RegExp])[] = [
      ['$2a$15$GRvRO2nrpYTEuPQX6AieaOlZ4.7nMGsXpt.QWMev1zrP86JNspZbO', /the cost must be from 4 to 14/],
      [`$pbkdf2-sha256$i=2000001,l=32$${salt}$${key}`, /iterations must be from 1 to 2000000/],
      [`$pbkdf2-sha256$i=0,l=32$${salt}$${key}`, /iterations must be from 1/],
      [`$scrypt$ln=18,r=8,p=1$${salt}$${key}`, /the cost N must be from 2 to 131072/],
      [`$scrypt$ln=17,r=8,p=3$${salt}$${key}`, /N times r times p must be/],
      [`$scrypt$ln=16385,r=8,p=1$${salt}$${key}`, /a power of two/],
      [`$argon2id$v=19$m=262144,t=1,p=1$${salt}$${key}`, /the memory m in KiB must be from 8 to 131072/],
      [`$argon2id$v=19$m=131072,t=9,p=1$${salt}$${key}`, /memory times passes must be/],
      [`$argon2id$v=19$m=8,t=1,p=255$${salt}$${key}`, /the lanes p must be from 1 to 16/],
      [`$argon2i$v=19$m=65536,t=3,p=4$${salt}$${key}`, /must be a hash of bcrypt/],
      ['$unknown$12$o6hx.Wog/wvFSkT/Bp/6DOxCtLRTDj7lm9on9suF/WaCGNVHbkfL6', /must be a hash of bcrypt/],
      [`$pbkdf2-sha256$i=1000,l=32$${salt}!$${key}`, /must be base64/],
      [`$pbkdf2-sha256$i=1000,l=32$${salt}$${key.slice(0, -1)}J`, /must be base64/],
      [`$pbkdf2-sha256$i=1000,l=32$${salt}$dGVzdA`, /16 to 64 bytes/],
      [`$pbkdf2-sha256$i=1000,l=32$${'A'.repeat(400)}$${key}`, /4 to 128 bytes/],
      ['5f4dcc3b5aa765d61d8327deb882cf99', /must be a hash of bcrypt/],
    ];
    const rows = hostile.map(([hash], index) => `hostile-${index},"${hash}"`);
    const { exitCode, stdout, stderr } = await importCsv(
      'client_id,secret_hash',
      'good,$2y$05$sBsSqk0OpSD1uTZkHXc4FeJ0Z70wLQdAX/82UiHuQOKbNbBrzs63m',
      ...rows,
    );
    assert.deepEqual([exitCode, stdout], [1, '']);
    const lines = stderr.trim().split('\n');
    assert.equal(lines.length, hostile.length + 1);
    for (const [index, [hash, complaint]] of hostile.entries()) {
      assert.match(lines[index] as string, new RegExp(`^line ${index + 3}: the hash `), hash);
      assert.match(lines[index] as string, complaint, hash);
    }
    assert.ok(!stderr.includes(key), 'no hash is repeated');
    assert.equal(await credentialOf('good'), undefined, 'all or nothing');
  });
});
