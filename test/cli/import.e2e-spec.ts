import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { requestByBasic, requestByPost } from '../support/token-requests.js';
import { environmentOf, runCommandLine } from './support/command-line.js';

const fixtures = 'test/cli/fixtures/import';

describe('import', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let directory: string;
  const at = (name: string) => join(directory, name);
  const write = (name: string, content: string | Buffer) => {
    writeFileSync(at(name), content);
    return at(name);
  };
  const run = (kind: string, path: string, ...more: string[]) =>
    runCommandLine(['import', kind, path, '--organization', organization.customerId, ...more], {
      env: environmentOf(server.database.url),
    });
  const clientOf = async (clientId: string) =>
    (
      await server.request('GET', `/oauth/customers/${organization.customerId}/clients/${clientId}`, {
        token: organization.token,
      })
    ).body;
  const hashesOf = async (clientId: string) =>
    (
      await server.database.query<{ hash: string }>(
        `select k.hash from credential k join client c on c.id = k.client_row_id where c.client_id = $1 order by k.name nulls first`,
        [clientId],
      )
    ).map(({ hash }) => hash.split('$')[0]);
  const count = async (table: string) =>
    (await server.database.query<{ count: string }>(`select count(*) from ${table}`))[0]?.count;
  const counts = async () => {
    // Failed proofs of clients are written a moment later, and are nothing that the import did.
    const events = `audit_event where action <> 'client.authentication_failed'`;
    const tables = ['client', 'credential', events, 'change_record', 'snapshot'];
    const all = [];
    for (const table of tables) all.push(await count(table));
    return all;
  };
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'clientele-import-'));
    server = await startServer();
    organization = await createOrganization(server);
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    await server.close();
  });

  describe('keycloak', () => {
    const path = `${fixtures}/realm.json`;
    const secrets = [
      'u7Jp2eXwZ5cTq9LkR3vB8nYdG6hA1sMf',
      'oldB1llingSecretStillInUse99',
      'a-secret-of-a-person',
    ];

    it('does everything but the commit in a dry run', async () => {
      const before = await counts();
      const { exitCode, stdout, stderr } = await run('keycloak', path, '--dry-run');
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^Dry run: 3 clients would be imported into \S+\. Nothing was written\.$/m);
      assert.deepEqual(await counts(), before);
    });

    it('brings clients with service accounts, says why it leaves out others, and tells no secret', async () => {
      const report = at('report.json');
      const result = await run('keycloak', path, '--role', 'ROLE_USER', '--report', report);
      assert.equal(result.exitCode, 0, result.stderr);
      assert.match(result.stdout, /^Imported 3 clients into /);
      assert.match(result.stdout, /^Skipped 5 clients:$/m);
      const written = JSON.parse(readFileSync(report, 'utf8'));
      assert.equal(statSync(report).mode & 0o777, 0o600);
      assert.equal(written.outcome, 'imported');
      assert.deepEqual(written.created, [
        { place: 'clients[2]', clientId: 'kc-billing', secrets: 2 },
        { place: 'clients[3]', clientId: 'kc-disabled', secrets: 1 },
        { place: 'clients[4]', clientId: 'kc-hidden', secrets: 0 },
      ]);
      const reasons = written.skipped.map((one: { message: string }) => one.message).join('\n');
      for (const reason of [/public/, /bearer-only/, /client-jwt/, /no service account/, /speaks saml/])
        assert.match(reasons, reason);
      const warnings = written.warnings.map((one: { message: string }) => one.message).join('\n');
      for (const warning of [/hides its secret/, /86400 s; here they may for 3600/, /1 of its redirect URIs/])
        assert.match(warnings, warning);
      const events = await server.database.query(`select details::text from audit_event`);
      for (const secret of secrets)
        for (const told of [result.stdout, result.stderr, JSON.stringify(written), JSON.stringify(events)])
          assert.ok(!told.includes(secret));
    });

    it('keeps what a client is and may do', async () => {
      const client = await clientOf('kc-billing');
      assert.equal(client.clientName, 'Billing');
      assert.equal(client.clientDescription, 'Writes the invoices');
      assert.deepEqual(client.scope, ['invoices:write', 'invoices:read']);
      assert.deepEqual(client.redirectUri, ['https://billing.example.com/callback']);
      assert.deepEqual(client.authorizedGrantTypes, ['client_credentials']);
      assert.deepEqual(client.clientPermissions, { roles: { ROLE_USER: [] } });
      assert.equal(client.accessTokenValidity, 900);
      assert.equal((await clientOf('kc-disabled')).enabled, false);
      assert.equal((await clientOf('kc-disabled')).accessTokenValidity, 3600);
    });

    it('keeps its secret and the one before it; a random one becomes an HMAC, another one bcrypt', async () => {
      assert.deepEqual(await hashesOf('kc-billing'), ['hmac-sha256', 'bcrypt-hmac-sha256']);
      assert.deepEqual(await hashesOf('kc-disabled'), ['bcrypt-hmac-sha256']);
      assert.deepEqual(await hashesOf('kc-hidden'), []);
      for (const secret of secrets.slice(0, 2)) {
        const client = { clientId: 'kc-billing', secret };
        assert.equal((await requestByBasic(server, client)).status, 200);
        assert.equal((await requestByPost(server, client)).status, 200);
      }
      const wrong = { clientId: 'kc-billing', secret: secrets[2] as string };
      assert.equal((await requestByBasic(server, wrong)).status, 401);
      const disabled = { clientId: 'kc-disabled', secret: secrets[2] as string };
      assert.equal((await requestByBasic(server, disabled)).status, 401);
    });

    it('writes nothing the second time, and says so', async () => {
      const before = await counts();
      const { exitCode, stdout, stderr } = await run('keycloak', path, '--role', 'ROLE_USER');
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^Nothing was written\.\n3 clients of the file were imported into \S+ before/);
      assert.deepEqual(await counts(), before);
    });

    it('leaves a trail as any creation does', async () => {
      const events = await server.database.query(
        `select action, count(*)::int as count from audit_event where actor = 'command line' group by action order by action`,
      );
      assert.deepEqual(
        events.map(({ action, count }) => [action, count]),
        [
          ['client.created', 3],
          ['credential.issued', 3],
        ],
      );
    });
  });

  it('hydra: brings ids, hashes, scopes, audiences and lifetimes', async () => {
    const { exitCode, stdout, stderr } = await run('hydra', `${fixtures}/hydra.json`);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^Imported 2 clients into /);
    assert.match(stdout, /\[2\] hydra-spa: It is public/);
    assert.match(stdout, /\[3\] hydra-web: It asks for no tokens of its own/);
    assert.match(stdout, /\[4\] hydra-keys: It proves itself by private_key_jwt/);
    assert.match(stdout, /\[0\] hydra-orders: A scope with \* matches nothing but itself here: orders\.\*/);
    const orders = await clientOf('hydra-orders');
    assert.deepEqual(orders.scope, ['orders.read', 'orders.*']);
    assert.deepEqual(orders.resourceIds, ['https://orders.example.com']);
    assert.equal(orders.accessTokenValidity, 1800);
    assert.equal((await clientOf('hydra-legacy')).accessTokenValidity, 3600);
    const client = { clientId: 'hydra-orders', secret: 'test' };
    assert.equal((await requestByBasic(server, client)).status, 401, 'registered for client_secret_post');
    assert.equal((await requestByPost(server, client)).status, 200);
    assert.equal((await requestByBasic(server, { clientId: 'hydra-legacy', secret: 'test' })).status, 200);
  });

  it('auth0: brings ids, secrets, and the scopes and audiences of the grants', async () => {
    const { exitCode, stdout, stderr } = await run('auth0', `${fixtures}/auth0.json`);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^Imported 2 clients into /);
    assert.match(stdout, /clients\[1\] auth0-no-secret: It comes without a secret/);
    assert.match(stdout, /clients\[1\] auth0-no-secret: Grant types that are left out: password\./);
    for (const reason of [
      /auth0-spa: It is public/,
      /auth0-keys: .* private_key_jwt/,
      /auth0-all: .* whole tenant/,
    ])
      assert.match(stdout, reason);
    const clientId = 'nP4Xv0bQeT7sLw2ZkR9yHc5JdU8fGm3A';
    const client = await clientOf(clientId);
    assert.deepEqual(client.scope, ['read:reports', 'write:reports']);
    assert.deepEqual(client.resourceIds, ['https://api.example.com/']);
    assert.equal(client.accessTokenValidity, null, 'the lifetime there is that of ID tokens');
    const secret = 'T5mV9zqX-2LcRw8_jKdYb7NsGh4PfEuA1QxZoIi6BvCtWl0SpMnJ3HaDyUkFgOre';
    assert.equal((await requestByPost(server, { clientId, secret })).status, 200);
    assert.deepEqual(await hashesOf(clientId), ['hmac-sha256']);
  });

  describe('csv', () => {
    it('reads quotes, a byte order mark, CRLF, and every column', async () => {
      const path = write(
        'all.csv',
        [
          '\ufeffclient_id,name,description,email,enabled,secret,expires_at,scopes,audiences,redirect_uris,grant_types,auth_methods,access_token_ttl_seconds',
          'all,"Smith, ""J"" & Co.","two\r\nlines",ops@example.com,yes,"comma, ""quote"" and more",2099-01-31T12:00:00Z,a b,https://a.example,,client_credentials,client_secret_post,120',
          '',
          'few,,,,no,plain-secret-1,,,,,,,',
        ].join('\r\n'),
      );
      const { exitCode, stderr } = await run('csv', path);
      assert.equal(exitCode, 0, stderr);
      const client = await clientOf('all');
      assert.equal(client.clientName, 'Smith, "J" & Co.');
      assert.equal(client.clientDescription, 'two\r\nlines');
      assert.deepEqual(
        [client.clientEmail, client.scope, client.resourceIds, client.accessTokenValidity],
        ['ops@example.com', ['a', 'b'], ['https://a.example'], 120],
      );
      assert.deepEqual(client.clientAuthenticationMethods, ['client_secret_post']);
      assert.equal((await clientOf('few')).enabled, false);
      const secret = 'comma, "quote" and more';
      assert.equal((await requestByPost(server, { clientId: 'all', secret })).status, 200);
      const [row] = await server.database.query(
        `select k.expires_at from credential k join client c on c.id = k.client_row_id where c.client_id = 'all'`,
      );
      assert.equal(row?.['expires_at'].toISOString(), '2099-01-31T12:00:00.000Z');
    });

    it('names the line of everything that is wrong, and writes nothing', async () => {
      await run('csv', write('taken.csv', 'client_id,secret\ntaken,a-first-secret\n'));
      const path = write(
        'wrong.csv',
        [
          'client_id,secret,enabled,expires_at,scopes,access_token_ttl_seconds',
          'fine,a-good-secret,,,,',
          'taken,another-secret,,,more,',
          'operator,a-good-secret,,,,',
          'twice,a-good-secret,,,,',
          'twice,a-good-secret,,,,',
          'short,hunter2,,,,',
          'flag,a-good-secret,maybe,,,',
          'moment,a-good-secret,,2030-02-30T00:00:00Z,,',
          'scope,a-good-secret,,,"a ""b""",',
          'rights,a-good-secret,,,sp:scopes:all,',
          'cells,a-good-secret',
          ',a-good-secret,,,,',
        ].join('\n'),
      );
      const before = await counts();
      const understood = await run('csv', path);
      assert.equal(understood.exitCode, 1);
      assert.match(understood.stderr, /^line 8: enabled must be true or false$/m);
      assert.match(understood.stderr, /^line 9: expires_at must be an ISO 8601 date/m);
      assert.match(understood.stderr, /^line 12: the entry must have as many cells as the head$/m);
      assert.match(understood.stderr, /^line 13: client_id must not be empty$/m);
      const lines = readFileSync(path, 'utf8').split('\n');
      const rest = write('rest.csv', lines.filter((_, index) => ![7, 8, 11, 12].includes(index)).join('\n'));
      const report = at('refused.json');
      const refused = await run('csv', rest, '--report', report);
      assert.deepEqual([refused.exitCode, refused.stdout], [1, '']);
      for (const complaint of [
        /^line 3: clientId is taken: \S+ has a client of this id that was not imported from the same entry$/m,
        /^line 4: clientId is taken: another organization/m,
        /^line 6: clientId must not repeat the one of line 5$/m,
        /^line 7: secret must have 8 to 256 characters$/m,
        /^line 8: scopes\[1\] must be a scope token/m,
        /^line 9: scopes\[0\] gives rights on this server itself \(sp:scopes:all\)$/m,
        /^Nothing was written: the file cannot be imported\.$/m,
      ])
        assert.match(refused.stderr, complaint);
      assert.equal(JSON.parse(readFileSync(report, 'utf8')).outcome, 'refused');
      assert.deepEqual(await counts(), before);
      for (const secret of ['hunter2', 'a-good-secret', 'another-secret'])
        assert.ok(!(understood.stderr + refused.stderr + readFileSync(report, 'utf8')).includes(secret));
    });
  });

  it('brings 1,000 clients at once, and tells how far it is', async () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => `bulk-${index},${hex(index)}`);
    const { exitCode, stdout, stderr } = await run(
      'csv',
      write('bulk.csv', `client_id,secret\n${lines.join('\n')}`),
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^Imported 1000 clients/);
    assert.match(stderr, /^hashing: 100 of 1000$/m);
    assert.match(stderr, /^writing: 1000 of 1000$/m);
    for (const index of [0, 499, 999])
      assert.equal(
        (await requestByBasic(server, { clientId: `bulk-${index}`, secret: hex(index) })).status,
        200,
      );
  });
});

/** Different secrets that look random. */
function hex(index: number): string {
  return `u7Jp2eXwZ5cTq9LkR3vB8nYdG6h${String(index).padStart(4, 'x')}`;
}
