import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { migrations } from '#libs/database';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { TestClient } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { buildVersion, type OtherVersion } from '../upgrades/support/other-version.js';
import { Traffic } from '../upgrades/support/traffic.js';

/** The last commit with another schema that works under the roles of today; a release takes its place. */
const commitBefore = '884925ae82d0bd12840f8757bb64c05be9772b11';
const operator: TestClient = { clientId: 'operator', secret: 'a-secret-of-the-operator' };
const environment = { BOOTSTRAP_CLIENT_ID: operator.clientId, BOOTSTRAP_CLIENT_SECRET: operator.secret };
const besideMs = 10_000;
const withinMs = 1_000;

async function tokenFrom(server: ServerProcess, { clientId, secret }: TestClient): Promise<string> {
  const form = { grant_type: 'client_credentials' };
  const { status, text, body } = await server.request('POST', '/oauth/token', {
    basic: [clientId, secret],
    form,
  });
  assert.equal(status, 200, text);
  return body.access_token;
}

describe('this version beside the one before, on one database', () => {
  let database: TestDatabase;
  let version: OtherVersion;
  let older: ServerProcess;
  let newer: ServerProcess;
  let organization: TestOrganization;
  before(async () => {
    version = buildVersion(commitBefore);
    database = await emptyDatabase();
    older = await startServerProcess(database.url, environment, { program: version.program });
    const { request } = older;
    const token = (client: TestClient) => tokenFrom(older, client);
    const asServer = { request, token, operatorToken: () => token(operator) };
    organization = await createOrganization(asServer, {
      settings: { adminRateLimit: { requests: 1_000_000, seconds: 1 } },
    });
  });
  after(async () => {
    await Promise.all([older?.stop(), newer?.stop()]);
    await database?.drop();
    version?.remove();
  });

  const lacking = async () => {
    const ran = await database.query<{ name: string }>('select name from migrations');
    return migrations.map(({ name }) => name).filter((name) => !ran.some((one) => one.name === name));
  };
  const statusAt = async (server: ServerProcess, token: string) =>
    (await server.request('GET', `/oauth/customers/${organization.customerId}`, { token })).status;
  const ways = () =>
    [
      ['older to newer', older, newer],
      ['newer to older', newer, older],
    ] as const;

  it('is started under load, migrates, and serves: neither loses a request', async () => {
    assert.notDeepEqual(await lacking(), [], 'the version before has another schema');
    const ofOlder = new Traffic(older, organization);
    const working = ofOlder.run();
    newer = await startServerProcess(database.url, environment);
    assert.deepEqual(await lacking(), []);
    const ofNewer = new Traffic(newer, organization);
    const workingToo = ofNewer.run();
    await wait(besideMs);
    for (const traffic of [ofOlder, ofNewer]) traffic.end();
    await Promise.all([working, workingToo]);
    console.log(
      JSON.stringify(
        [ofOlder, ofNewer].map(({ mutations, tokens, slowestMs }) => ({ mutations, tokens, slowestMs })),
      ),
    );
    for (const { failures, mutations } of [ofOlder, ofNewer]) {
      assert.deepEqual(failures, []);
      assert.ok(mutations > 20, `${mutations}`);
    }
  });

  it('takes its tokens, and has its own taken by it', async () => {
    for (const [name, from, to] of ways()) {
      const token = await tokenFrom(from, organization.admin);
      assert.equal(await statusAt(to, token), 200, name);
    }
  });

  it('sees what it changes, and has its own changes seen, within a second', async () => {
    for (const [name, from, to] of ways()) {
      const { customerId, token } = organization;
      const permissions = { clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } } };
      const client = await createClient(from, customerId, token, permissions);
      const issued = await tokenFrom(to, client);
      assert.equal(await statusAt(to, issued), 200, name);
      const path = `/oauth/customers/${customerId}/clients/${client.clientId}/revoketokens`;
      assert.equal((await from.request('PUT', path, { token })).status, 200);
      await eventually(withinMs, async () => assert.equal(await statusAt(to, issued), 401, name));
    }
  });

  it('can be followed by it again', async () => {
    for (const one of [older, newer]) assert.equal(await one.stop(), 0);
    older = await startServerProcess(database.url, environment, { program: version.program });
    const traffic = new Traffic(older, organization);
    const working = traffic.run();
    await wait(1_000);
    traffic.end();
    await working;
    assert.deepEqual(traffic.failures, []);
    assert.ok(traffic.mutations > 0);
  });
});
