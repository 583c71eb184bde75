import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import {
  type CommandResult,
  environmentOf,
  runCommandLine,
  spawnCommandLine,
} from './support/command-line.js';

describe('the command line beside a running server', () => {
  let server: TestServer;
  let env: NodeJS.ProcessEnv;
  const run = (...args: string[]) => runCommandLine(args, { env });
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
  before(async () => {
    server = await startServer();
    env = environmentOf(server.database.url);
    const created = await run('organization', 'create', 'ABC', '--tenant', 't1', '--tenant', 't2');
    assert.equal(created.exitCode, 0, created.stderr);
    assert.equal(created.stdout, 'Created the organization ABC.\n');
  });
  after(() => server.close());

  describe('organization create', () => {
    it('writes what was given, with its tenants and its audit event', async () => {
      const { stdout } = await run(
        ...['organization', 'create', 'DEF', '--name', 'Def Ltd.', '--description', 'Trial'],
        ...['--tenant', 'x', '--json'],
      );
      assert.deepEqual(JSON.parse(stdout), { id: 'DEF', name: 'Def Ltd.', tenants: ['x'] });
      const [row] = await server.database.query(
        `select o.name, o.description, o.enabled, t.tenant_id, e.actor, e.action from organization o
           join tenant t on t.organization_id = o.id join audit_event e on e.organization_id = o.id
         where o.customer_id = 'DEF'`,
      );
      assert.deepEqual(row, {
        name: 'Def Ltd.',
        description: 'Trial',
        enabled: true,
        tenant_id: 'x',
        actor: 'command line',
        action: 'organization.created',
      });
    });

    it('refuses a customer id that is taken, in one line and without a stack', async () => {
      const { exitCode, stdout, stderr } = await run('organization', 'create', 'ABC');
      assert.deepEqual([exitCode, stdout, stderr], [1, '', 'The customer id is taken.\n']);
    });

    it('holds to the rules of the API and names what breaks them', async () => {
      const { exitCode, stderr } = await run('organization', 'create', 'a b', '--tenant', '?');
      assert.equal(exitCode, 1);
      assert.match(stderr, /^The body is not valid\. <customerId> must be .*; --tenant must be .*\n$/);
    });
  });

  describe('client create', () => {
    it('makes a client that gets tokens of the running server at once, with its scopes and roles', async () => {
      const { exitCode, stdout, stderr } = await spawnCommandLine(
        [
          ...['client', 'create', 'ABC', 'billing', '--scope', 'read', '--scope', 'write'],
          ...['--role', 'ROLE_USER=t1,t2', '--role', 'ROLE_AUDITOR', '--json'],
        ],
        { env },
      );
      assert.equal(exitCode, 0, stderr);
      const { customerId, clientId, clientSecret } = JSON.parse(stdout);
      assert.deepEqual([customerId, clientId], ['ABC', 'billing']);
      const claims = claimsOf(await server.token({ clientId, secret: clientSecret }));
      assert.equal(claims.scope, 'read write');
      assert.deepEqual(claims.roles, { ROLE_USER: ['t1', 't2'], ROLE_AUDITOR: [], ROLE_API: [] });
    });

    it('prints the secret once, on standard output alone', async () => {
      const { stdout, stderr } = await run('client', 'create', 'ABC', 'reports');
      assert.match(stdout, /^client id {6}reports\nclient secret {2}cls_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\n$/);
      assert.equal(stderr, 'The secret is shown this once.\n');
      const written = await server.database.query(`select details::text from audit_event`);
      const secret = stdout.trim().split(/\s+/).at(-1) as string;
      assert.ok(!JSON.stringify(written).includes(secret));
    });

    it('lets the client prove itself in the ways given, and in no other', async () => {
      const { stdout } = await run(
        ...['client', 'create', 'ABC', 'posting', '--auth-method', 'client_secret_post', '--json'],
      );
      const { clientId, clientSecret } = JSON.parse(stdout);
      const form = { grant_type: 'client_credentials' };
      const basic = await server.request('POST', '/oauth/token', { basic: [clientId, clientSecret], form });
      assert.equal(basic.status, 401);
      const posted = await server.request('POST', '/oauth/token', {
        form: { ...form, client_id: clientId, client_secret: clientSecret },
      });
      assert.equal(posted.status, 200);
    });

    const refusals: readonly (readonly [what: string, args: string[], complaint: RegExp])[] = [
      ['an unknown customer', ['NONE', 'x'], /^The customer does not exist\.\n$/],
      ['a client id that is taken', ['ABC', 'operator'], /^The clientId is taken\.\n$/],
      [
        'a grant type that there is not',
        ['ABC', 'x', '--grant-type', 'magic'],
        /--grant-type must be one of/,
      ],
      ['a role that there is not', ['ABC', 'x', '--role', 'ROLE_NONE'], /--role ROLE_NONE must be a role/],
      ['a tenant of nobody', ['ABC', 'x', '--role', 'ROLE_USER=t9'], /--role ROLE_USER must be a tenant/],
    ];
    it('refuses what the API refuses, says why in its own words, and writes nothing', async () => {
      const count = 'select count(*) from client';
      const before = await server.database.query(count);
      const results = await Promise.all(refusals.map(([, args]) => run('client', 'create', ...args)));
      for (const [index, [what, , complaint]] of refusals.entries()) {
        const { exitCode, stdout, stderr } = results[index] as CommandResult;
        assert.deepEqual([exitCode, stdout], [1, ''], what);
        assert.match(stderr, complaint, what);
      }
      assert.deepEqual(await server.database.query(count), before);
    });
  });

  describe('operator reset-secret', () => {
    it('ends the old secret and its tokens on the running server, and gives a new one', async () => {
      const old = server.operator;
      const token = await server.token(old);
      const introspect = (secret: string) =>
        server.request('POST', '/oauth/introspect', { basic: [old.clientId, secret], form: { token } });
      assert.equal((await introspect(old.secret)).body.active, true);
      const { exitCode, stdout, stderr } = await run('operator', 'reset-secret', '--json');
      assert.equal(exitCode, 0, stderr);
      const { clientId, clientSecret } = JSON.parse(stdout);
      assert.equal(clientId, old.clientId);
      // The running server learns of what a command did within a second.
      await eventually(1_000, async () => assert.equal((await introspect(clientSecret)).body.active, false));
      const refused = await server.request('POST', '/oauth/token', {
        basic: [old.clientId, old.secret],
        form: { grant_type: 'client_credentials' },
      });
      assert.equal(refused.status, 401);
      assert.ok(await server.token({ clientId, secret: clientSecret }));
    });

    it('fails where there is no such operator', async () => {
      const result = await runCommandLine(['operator', 'reset-secret'], {
        env: { ...env, BOOTSTRAP_CLIENT_ID: 'nobody' },
      });
      assert.deepEqual([result.exitCode, result.stdout], [1, '']);
      assert.equal(result.stderr, 'The client does not exist.\n');
    });
  });
});
