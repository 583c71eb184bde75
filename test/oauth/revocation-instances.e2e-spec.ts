import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

/** The promise: refused on every instance within that time. */
const withinMs = 1_000;

describe('a token that is revoked on one instance', () => {
  let one: TestServer;
  let other: TestServer;
  let organization: TestOrganization;
  before(async () => {
    one = await startServer();
    other = await startServer({ sharing: one });
    organization = await createOrganization(one);
  });
  after(async () => {
    await other.close();
    await one.close();
  });

  const newAdmin = () =>
    createClient(one, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } },
    });
  const statusOn = async (server: TestServer, token: string) =>
    (await server.request('GET', `/oauth/customers/${organization.customerId}`, { token })).status;
  const isActiveOn = async (server: TestServer, client: TestClient, token: string) =>
    (
      await server.request('POST', '/oauth/introspect', {
        basic: [client.clientId, client.secret],
        form: { token },
      })
    ).body.active;
  const revokeOn = (server: TestServer, client: TestClient, token: string) =>
    server.request('POST', '/oauth/revoke', { basic: [client.clientId, client.secret], form: { token } });

  it('is refused on the other within a second, by introspection and admin API (P-120)', async () => {
    const client = await newAdmin();
    const token = await one.token(client);
    assert.equal(await statusOn(other, token), 200);
    assert.equal(await isActiveOn(other, client, token), true);
    assert.equal((await revokeOn(one, client, token)).status, 200);
    assert.equal(await statusOn(one, token), 401);
    await eventually(withinMs, async () => assert.equal(await statusOn(other, token), 401));
    assert.equal(await isActiveOn(other, client, token), false);
  });

  it('is refused by an instance that starts later (P-120)', async () => {
    const client = await newAdmin();
    const token = await one.token(client);
    await revokeOn(one, client, token);
    const late = await startServer({ sharing: one });
    try {
      assert.equal(await statusOn(late, token), 401);
    } finally {
      await late.close();
    }
  });

  it('ends with its credential on the other within a second (P-112, P-120)', async () => {
    const client = await newAdmin();
    const token = await other.token(client);
    const path = `/oauth/customers/${organization.customerId}/clients/${client.clientId}/credentials`;
    const [{ credentialId }] = (await one.request('GET', path, { token: organization.token })).body;
    assert.equal(await statusOn(other, token), 200);
    await one.request('POST', `${path}/${credentialId}/revoke`, { token: organization.token });
    await eventually(withinMs, async () => assert.equal(await statusOn(other, token), 401));
  });
});

describe('revocation while the database is away', () => {
  let owner: TestServer;
  let proxy: DatabaseProxy;
  let server: TestServer;
  let client: TestClient;
  before(async () => {
    owner = await startServer();
    proxy = await proxyDatabaseOf(owner);
    server = await startServer({ sharing: proxy.behind });
    const { customerId, token } = await createOrganization(owner);
    client = await createClient(owner, customerId, token);
  });
  after(async () => {
    await server.close();
    await proxy.close();
    await owner.close();
  });

  const revoke = (token: string) =>
    server.request('POST', '/oauth/revoke', { basic: [client.clientId, client.secret], form: { token } });
  const isActive = async (token: string) =>
    (
      await owner.request('POST', '/oauth/introspect', {
        basic: [client.clientId, client.secret],
        form: { token },
      })
    ).body.active;

  it('answers 503 with Retry-After, never 200, and does it when it is asked again (P-126)', async () => {
    const token = await server.token(client);
    proxy.cut();
    for (let attempt = 0; attempt < 3; attempt++) {
      const { status, headers, body } = await revoke(token);
      assert.equal(status, 503);
      assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      assert.equal(body.error, 'temporarily_unavailable');
    }
    assert.equal(await isActive(token), true);
    proxy.restore();
    await eventually(5_000, async () => assert.equal((await revoke(token)).status, 200));
    await eventually(1_000, async () => assert.equal(await isActive(token), false));
  });
});
