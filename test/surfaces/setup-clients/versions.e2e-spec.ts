import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startServer } from '../../support/server.js';
import { askToken, assertError, clientBody, type TestSetupClient } from './support.js';
import { lifetimeOf, plan, startWorld, type World } from './world.js';

let world: World;
let client: TestSetupClient;
before(async () => {
  world = await startWorld();
});
after(() => world.server.close());

describe('a planned state of a client', () => {
  it('takes effect at the token endpoint at its instant, and not before', async () => {
    const { server, setup } = world;
    client = await setup.createClient({ access_token_ttl: 100 });
    await plan(world, client.id, 60);
    assert.equal(await lifetimeOf(server, client), 100);
    world.advance(59);
    assert.equal(await lifetimeOf(server, client), 100);
    world.advance(1.1);
    assert.equal(await lifetimeOf(server, client), 200);
  });

  it('takes effect on an instance that did not plan it, and that remembers the client', async () => {
    const { server, setup } = world;
    const other = await startServer({ sharing: server });
    try {
      client = await setup.createClient({ access_token_ttl: 100 });
      assert.equal(await lifetimeOf(other, client), 100);
      const validFrom = new Date(Date.now() + 10 * 60_000);
      await plan(world, client.id, 0, {
        valid_from: new Date(validFrom.getTime() + 3_600_000).toISOString(),
      });
      // The change feed tells the other instance; then its own clock decides.
      await new Promise((resolve) => setTimeout(resolve, 600));
      other.advanceClock(2 * 3_600);
      assert.equal(await lifetimeOf(other, client), 200);
    } finally {
      await other.close();
    }
  });

  it('takes effect for every other surface without anybody asking for it here', async () => {
    const { server, organization, setup } = world;
    client = await setup.createClient({ access_token_ttl: 100 });
    await plan(world, client.id, 60, { name: 'Renamed' });
    world.advance(61);
    const path = `/oauth/customers/${organization.customerId}/clients/${client.clientId}`;
    const deadline = Date.now() + 5_000;
    for (;;) {
      const { body } = await server.request('GET', path, { token: organization.token });
      if (body.clientName === 'Renamed') return assert.equal(body.accessTokenValidity, 200);
      assert.ok(Date.now() < deadline, `still ${body.clientName}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  it('is read at its time and not before, and the past as it was', async () => {
    const { setup } = world;
    client = await setup.createClient({ name: 'First' });
    const past = world.momentIn(0.01);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await setup.send('PUT', `/clients/${client.id}`, { json: clientBody({ name: 'Second' }) });
    await plan(world, client.id, 600, { name: 'Third' });
    const nameAt = async (validAt?: string) => {
      const query = validAt ? `?validAt=${encodeURIComponent(validAt)}` : '';
      return (await setup.send('GET', `/clients/${client.id}${query}`)).body.name;
    };
    assert.equal(await nameAt(past), 'First');
    assert.equal(await nameAt(), 'Second');
    assert.equal(await nameAt('any'), 'Second');
    assert.equal(await nameAt(world.momentIn(599)), 'Second');
    assert.equal(await nameAt(world.momentIn(601)), 'Third');
    const longAgo = await setup.send('GET', `/clients/${client.id}?validAt=2000-01-01T00:00:00Z`);
    assertError(longAgo, 404, 'CLIENT_NOT_FOUND');
  });

  it('follows the one planned before it, whatever the order of planning', async () => {
    const { server, setup } = world;
    client = await setup.createClient({ access_token_ttl: 100 });
    await plan(world, client.id, 60, { access_token_ttl: 300 });
    await plan(world, client.id, 30, { access_token_ttl: 200 });
    world.advance(31);
    assert.equal(await lifetimeOf(server, client), 200);
    world.advance(30);
    assert.equal(await lifetimeOf(server, client), 300);
  });

  it('gives nothing back that other surfaces took or gave meanwhile', async () => {
    const { server, organization, setup } = world;
    client = await setup.createClient();
    await plan(world, client.id, 60);
    const path = `/oauth/customers/${organization.customerId}/clients/${client.clientId}`;
    const json = {
      clientId: client.clientId,
      authorizedGrantTypes: ['client_credentials'],
      clientAuthenticationMethods: ['client_secret_basic'],
      clientDescription: 'Described since',
      clientPermissions: { roles: { ROLE_AUDITOR: [] } },
      enabled: false,
    };
    const replaced = await server.request('PUT', path, { token: organization.token, json });
    assert.equal(replaced.status, 200, replaced.text);
    world.advance(61);
    await setup.send('GET', `/clients/${client.id}`);
    const { body } = await server.request('GET', path, { token: organization.token });
    assert.equal(body.accessTokenValidity, 200);
    assert.equal(body.enabled, false);
    assert.equal(body.clientDescription, 'Described since');
    assert.deepEqual(body.clientPermissions.roles, { ROLE_AUDITOR: [] });
  });

  it('is given up when the rules no longer allow it, and what was in force stays so', async () => {
    const { server, organization, setup } = world;
    client = await setup.createClient({ access_token_ttl: 100 });
    await plan(world, client.id, 60, { access_token_ttl: 3_000 });
    await server.database.query(
      `update organization set settings = settings || '{"maxAccessTokenTtlSeconds": 1000}' where customer_id = $1`,
      [organization.customerId],
    );
    try {
      world.advance(61);
      assert.equal(await lifetimeOf(server, client), 100);
      const { body } = await setup.send('GET', `/clients/${client.id}/snapshots`);
      assert.equal(body.snapshotIds.length, 1);
      const [event] = await server.database.query(
        `select details from audit_event where action = 'client.change_failed' and target_id = $1`,
        [client.clientId],
      );
      assert.match(event?.['details'].failure, /accessTokenTtlSeconds/);
    } finally {
      await server.database.query(
        `update organization set settings = settings - 'maxAccessTokenTtlSeconds' where customer_id = $1`,
        [organization.customerId],
      );
    }
  });

  it('is audited when it is planned and when it takes effect', async () => {
    const { server, setup } = world;
    client = await setup.createClient();
    await plan(world, client.id, 60);
    world.advance(61);
    await setup.send('GET', `/clients/${client.id}`);
    const events = await server.database.query(
      `select action, actor from audit_event where target_type = 'client' and target_id = $1 order by sequence`,
      [client.clientId],
    );
    assert.deepEqual(
      events.map(({ action }) => action),
      ['client.created', 'client.change_planned', 'client.replaced'],
    );
    assert.equal(events[2]?.['actor'], 'schedule');
  });

  it('cannot carry a secret', async () => {
    const json = clientBody({ client_secret: 'a new secret of my own', valid_from: world.momentIn(60) });
    const answer = await world.setup.send('PUT', `/clients/${client.id}`, { json });
    assertError(answer, 400, 'MALFORMED_PAYLOAD', /client_secret: can be changed only at once/);
  });
});

describe('a client that is yet to begin', () => {
  it('gets no token before, is not shown, and begins by itself', async () => {
    const { server, setup } = world;
    const later = await setup.createClient({ valid_from: world.momentIn(60), access_token_ttl: 90 });
    assert.equal((await askToken(server, later)).status, 401);
    assertError(await setup.send('GET', `/clients/${later.id}`), 404, 'CLIENT_NOT_FOUND');
    assert.ok(!(await setup.send('GET', '/clients')).body.clientIds.includes(later.id));
    assert.ok((await setup.send('GET', '/clients?validAt=any')).body.clientIds.includes(later.id));
    world.advance(60.1);
    assert.equal(await lifetimeOf(server, later), 90);
    assert.equal((await setup.send('GET', `/clients/${later.id}`)).status, 200);
  });

  it('begins at once when it is replaced at once', async () => {
    const { server, setup } = world;
    const later = await setup.createClient({ valid_from: world.momentIn(600) });
    await setup.send('PUT', `/clients/${later.id}`, { json: clientBody({ access_token_ttl: 90 }) });
    assert.equal(await lifetimeOf(server, later), 90);
  });
});
