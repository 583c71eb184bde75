/*
 * Records what a version of the server leaves behind in its database, for test/upgrades to bring up to date:
 *
 *   node scripts/record-upgrade-fixture.mjs <checkout> <file>
 *
 * The checkout is built and has its packages (`npm ci && npm run build` in a worktree of the version's tag). Its own
 * server does the work over HTTP, so that the rows are those of that version and nobody's idea of them.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '#libs/database/embedded';

const [checkout, file] = process.argv.slice(2);
const port = 39_217;
const url = `http://127.0.0.1:${port}`;
/** As test/support/settings and test/support/template have them. */
const operatorSecret = 'operator-secret-of-the-tests';
const key = (text) => Buffer.alloc(32, text).toString('base64');
const flushMs = 2_500;

const form = { grant_type: 'client_credentials' };
const basic = (clientId, secret) =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`;

async function ask(method, path, { authorization, json, form, headers = {} }) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization, ...(json && { 'content-type': 'application/json' }), ...headers },
    body: json ? JSON.stringify(json) : form && new URLSearchParams(form),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

async function tokenOf(clientId, secret) {
  const answer = await ask('POST', '/oauth/token', { authorization: basic(clientId, secret), form });
  return answer.access_token;
}

/** Has the server make at least one row of each kind. @returns what a later version must still know of them */
async function live() {
  const operator = `Bearer ${await tokenOf('operator', operatorSecret)}`;
  const customer = { id: 'UPGRADE', name: 'Upgrade', tenants: ['tenant1', 'tenant2'] };
  await ask('POST', '/oauth/customers', { authorization: operator, json: customer });
  const reusing = { clientCredentialsMultiTokenConfig: null };
  await ask('POST', '/oauth/customers', {
    authorization: operator,
    json: { id: 'REUSE', name: 'Reuse', multitokenConfig: reusing },
  });
  const base = '/oauth/customers/UPGRADE';
  const body = (clientId, more) => ({
    clientId,
    authorizedGrantTypes: ['client_credentials'],
    clientAuthenticationMethods: ['client_secret_basic', 'client_secret_post'],
    ...more,
  });
  const create = async (authorization, path, clientId, more = {}) => {
    const [{ clientSecret }] = await ask('POST', path, { authorization, json: [body(clientId, more)] });
    return { clientId, secret: clientSecret ?? more.clientSecret };
  };
  const admin = await create(operator, `${base}/clients`, 'admin', {
    clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
  });
  const authorization = `Bearer ${await tokenOf(admin.clientId, admin.secret)}`;
  await ask('POST', `${base}/roles/permissions`, {
    authorization,
    json: { roleName: 'ROLE_REPORTS', servicePermissions: [] },
  });
  const clients = `${base}/clients`;
  const generated = await create(authorization, clients, 'generated', {
    clientPermissions: { roles: { ROLE_REPORTS: ['tenant1'] } },
  });
  const chosen = await create(authorization, clients, 'chosen', {
    clientSecret: 'a secret that a person chose 1',
  });
  const disabled = await create(authorization, clients, 'disabled', { enabled: false });
  const rotating = await create(authorization, clients, 'rotating');
  const [{ credentialId }] = await ask('GET', `${clients}/rotating/credentials`, { authorization });
  const rotated = await ask('POST', `${clients}/rotating/credentials/${credentialId}/rotate`, {
    authorization,
    json: { overlapSeconds: 86_400 },
  });
  const second = await ask('POST', `${clients}/generated/credentials`, {
    authorization,
    json: { name: 'second' },
  });
  const token = await tokenOf('generated', generated.secret);
  const ofSecond = await tokenOf('generated', second.clientSecret);
  await ask('POST', `${clients}/generated/credentials/${second.credentialId}/revoke`, { authorization });
  const revoked = await tokenOf('generated', generated.secret);
  await ask('POST', '/oauth/revoke', {
    authorization: basic('generated', generated.secret),
    form: { token: revoked },
  });
  const reuser = await create(operator, '/oauth/customers/REUSE/clients', 'reusing');
  const kept = await tokenOf('reusing', reuser.secret);
  const repeated = {
    path: clients,
    key: 'upgrade-key',
    json: [body('repeated')],
  };
  repeated.answer = await ask('POST', clients, {
    authorization,
    json: repeated.json,
    headers: { 'idempotency-key': repeated.key },
  });
  return {
    customerId: 'UPGRADE',
    admin,
    clients: [
      { what: 'a generated secret', ...generated, status: 200 },
      { what: 'a chosen secret', ...chosen, status: 200 },
      { what: 'the secret of a disabled client', ...disabled, status: 401 },
      { what: 'a secret that was rotated and retires', ...rotating, status: 200 },
      {
        what: 'the secret after a rotation',
        clientId: 'rotating',
        secret: rotated.clientSecret,
        status: 200,
      },
      { what: 'a revoked secret', clientId: 'generated', secret: second.clientSecret, status: 401 },
    ],
    tokens: [
      { what: 'a token', token, active: true },
      { what: 'a token of a secret that was revoked', token: ofSecond, active: false },
      { what: 'a revoked token', token: revoked, active: false },
      { what: 'a token that is re-used', token: kept, active: true },
    ],
    reuser,
    repeated,
  };
}

async function dump(database) {
  const tables = {};
  const { rows } = await database.query(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     and c.relname not in ('migrations', 'typeorm_metadata') order by 1`,
  );
  for (const { name } of rows) {
    const {
      rows: [{ content }],
    } = await database.query(`select coalesce(jsonb_agg(to_jsonb(t)), '[]') as content from ${name} t`);
    if (content.length > 0) tables[name] = content;
  }
  return tables;
}

const directory = await mkdtemp(join(tmpdir(), 'clientele-record-'));
const cluster = await startEmbeddedPostgres({
  dataDir: join(directory, 'postgres'),
  durable: false,
  supervise: false,
});
const server = spawn(process.execPath, [join(resolve(checkout), 'dist/apps/auth-server/src/main.js')], {
  cwd: resolve(checkout),
  env: {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PORT: String(port),
    ISSUER: 'http://localhost:3000',
    DATABASE_URL: cluster.adminUrl,
    MASTER_KEY: key('test master key'),
    SECRET_PEPPER: key('test secret pepper'),
    BOOTSTRAP_CLIENT_ID: 'operator',
    BOOTSTRAP_CLIENT_SECRET: operatorSecret,
    BCRYPT_COST: '4',
    LOG_LEVEL: 'warn',
  },
  stdio: 'inherit',
});
try {
  while (
    !(await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await wait(100);
  const recordedAt = new Date().toISOString();
  const known = await live();
  await wait(flushMs);
  const database = new pg.Client({ connectionString: cluster.adminUrl });
  await database.connect();
  const { rows } = await database.query('select name from migrations order by "timestamp"');
  const fixture = {
    recordedAt,
    migrations: rows.map(({ name }) => name),
    ...known,
    tables: await dump(database),
  };
  await database.end();
  await writeFile(file, `${JSON.stringify(fixture, null, 1)}\n`);
} finally {
  server.kill('SIGTERM');
  await new Promise((done) => server.once('close', done));
  await cluster.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
