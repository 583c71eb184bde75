import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import {
  askToken,
  assertError,
  basePath,
  clientBody,
  createSetup,
  type TestSetup,
  type TestSetupClient,
} from './support.js';

/** A server whose clock may be moved without anybody else noticing. */
interface World {
  readonly server: TestServer;
  readonly organization: TestOrganization;
  readonly setup: TestSetup;
  /** A moment by the clock of this server. */
  momentIn(seconds: number): string;
  advance(seconds: number): void;
}

async function startWorld(): Promise<World> {
  const server = await startServer();
  const organization = await createOrganization(server);
  let ahead = 0;
  return {
    server,
    organization,
    setup: await createSetup(server, organization),
    momentIn: (seconds) => new Date(Date.now() + (ahead + seconds) * 1000).toISOString(),
    advance(seconds) {
      ahead += seconds;
      server.advanceClock(seconds);
    },
  };
}

/** Every token of the organization has expired by then: the administrator gets a new one. */
async function lifetimeOf(server: TestServer, client: TestSetupClient): Promise<number> {
  const answer = await askToken(server, client);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.expires_in;
}

let world: World;
let client: TestSetupClient;
before(async () => {
  world = await startWorld();
});
after(() => world.server.close());

/** Plans another lifetime for a client. */
async function plan(id: string, seconds: number, overrides: Record<string, unknown> = {}): Promise<void> {
  const json = clientBody({ access_token_ttl: 200, valid_from: world.momentIn(seconds), ...overrides });
  const answer = await world.setup.send('PUT', `/clients/${id}`, { json });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.valid_from, json['valid_from']);
}

describe('a planned state of a client', () => {
  it('takes effect at the token endpoint at its instant, and not before', async () => {
    const { server, setup } = world;
    client = await setup.createClient({ access_token_ttl: 100 });
    await plan(client.id, 60);
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
      await plan(client.id, 0, { valid_from: new Date(validFrom.getTime() + 3_600_000).toISOString() });
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
    await plan(client.id, 60, { name: 'Renamed' });
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
    await plan(client.id, 600, { name: 'Third' });
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
    await plan(client.id, 60, { access_token_ttl: 300 });
    await plan(client.id, 30, { access_token_ttl: 200 });
    world.advance(31);
    assert.equal(await lifetimeOf(server, client), 200);
    world.advance(30);
    assert.equal(await lifetimeOf(server, client), 300);
  });

  it('gives nothing back that other surfaces took or gave meanwhile', async () => {
    const { server, organization, setup } = world;
    client = await setup.createClient();
    await plan(client.id, 60);
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
    await plan(client.id, 60, { access_token_ttl: 3_000 });
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
    await plan(client.id, 60);
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

describe('…/snapshots of a client', () => {
  it('lists what was and what is to be, each with its state', async () => {
    const { setup } = world;
    client = await setup.createClient({ name: 'First' });
    await setup.send('PUT', `/clients/${client.id}`, { json: clientBody({ name: 'Second' }) });
    await plan(client.id, 600, { name: 'Third' });
    const { body, status } = await setup.send('GET', `/clients/${client.id}/snapshots`);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ['snapshotIds']);
    const names: string[] = [];
    for (const id of body.snapshotIds) {
      assert.match(id, /^[0-9a-f]{32}$/);
      names.push((await setup.send('GET', `/clients/${client.id}/snapshots/${id}`)).body.name);
    }
    assert.deepEqual(names.sort(), ['First', 'Second', 'Third']);
  });

  it('calls a plan off, and nothing but a plan', async () => {
    const { server, setup } = world;
    const path = `/clients/${client.id}/snapshots`;
    const { snapshotIds } = (await setup.send('GET', path)).body;
    const byName = new Map<string, string>();
    for (const id of snapshotIds) byName.set((await setup.send('GET', `${path}/${id}`)).body.name, id);
    assertError(await setup.send('DELETE', `${path}/${byName.get('First')}`), 403, 'INVALID_SNAPSHOT');
    assertError(await setup.send('DELETE', `${path}/${byName.get('Second')}`), 403, 'INVALID_SNAPSHOT');
    const planned = `${path}/${byName.get('Third')}`;
    const deleted = await setup.send('DELETE', planned);
    assert.equal(deleted.status, 204);
    assert.equal(deleted.text, '');
    assertError(await setup.send('GET', planned), 404, 'SNAPSHOT_NOT_FOUND');
    assertError(await setup.send('DELETE', planned), 404, 'SNAPSHOT_NOT_FOUND');
    assert.equal((await setup.send('GET', `${planned}?includeSoftDeletedStates=true`)).body.name, 'Third');
    world.advance(601);
    assert.equal((await setup.send('GET', `/clients/${client.id}`)).body.name, 'Second');
    assert.equal(await lifetimeOf(server, client), 3600);
  });

  it('never deletes the last one', async () => {
    const { setup } = world;
    const later = await setup.createClient({ valid_from: world.momentIn(600) });
    const [only] = (await setup.send('GET', `/clients/${later.id}/snapshots`)).body.snapshotIds;
    const answer = await setup.send('DELETE', `/clients/${later.id}/snapshots/${only}`);
    assertError(answer, 403, 'DELETE_FORBIDDEN');
  });

  it('knows no snapshot of another client', async () => {
    const { setup } = world;
    const [snapshot] = (await setup.send('GET', `/clients/${client.id}/snapshots`)).body.snapshotIds;
    const other = await setup.createClient();
    const answer = await setup.send('GET', `/clients/${other.id}/snapshots/${snapshot}`);
    assertError(answer, 404, 'SNAPSHOT_NOT_FOUND');
  });
});

describe('a planned state of a setup', () => {
  it('takes effect for all its clients at its instant', async () => {
    const { server, organization } = world;
    const setup = await createSetup(server, organization, { client_defaults: { access_token_ttl: 100 } });
    const own = await setup.createClient();
    assert.equal(await lifetimeOf(server, own), 100);
    const json = { name: 'Later', client_defaults: { access_token_ttl: 50 }, valid_from: world.momentIn(60) };
    const planned = await setup.send('PUT', '', { json });
    assert.equal(planned.status, 200, planned.text);
    world.advance(59);
    assert.equal(await lifetimeOf(server, own), 100);
    assert.equal((await setup.send('GET')).body.name, 'Production');
    world.advance(1.1);
    assert.equal(await lifetimeOf(server, own), 50);
    assert.equal((await setup.send('GET')).body.name, 'Later');
    const snapshots = (await setup.send('GET', '/snapshots')).body.snapshotIds;
    assert.equal(snapshots.length, 2);
    assertError(await setup.send('DELETE', `/snapshots/${snapshots[0]}`), 403, 'INVALID_SNAPSHOT');
  });

  it('is called off by deleting its snapshot', async () => {
    const { server, organization } = world;
    const setup = await createSetup(server, organization);
    await setup.send('PUT', '', { json: { name: 'Never', valid_from: world.momentIn(60) } });
    const ids = (await setup.send('GET', '/snapshots')).body.snapshotIds as string[];
    const names = await Promise.all(
      ids.map(async (id) => (await setup.send('GET', `/snapshots/${id}`)).body.name),
    );
    assert.equal((await setup.send('DELETE', `/snapshots/${ids[names.indexOf('Never')]}`)).status, 204);
    world.advance(61);
    assert.equal((await setup.send('GET')).body.name, 'Production');
    const [last] = (await setup.send('GET', '/snapshots')).body.snapshotIds;
    assertError(await setup.send('DELETE', `/snapshots/${last}`), 403, 'DELETE_FORBIDDEN');
  });

  it('that is its first one keeps it out of sight until then', async () => {
    const { server, organization } = world;
    const setup = await createSetup(server, organization, { valid_from: world.momentIn(60) });
    assertError(await setup.send('GET'), 404, 'SETUP_NOT_FOUND');
    assertError(await setup.send('POST', '/clients', { json: clientBody() }), 404, 'SETUP_NOT_FOUND');
    const listed = (query: string) =>
      server
        .request('GET', basePath + query, { token: organization.token })
        .then(({ body }) => body.setupIds);
    assert.ok(!(await listed('')).includes(setup.setupId));
    assert.ok((await listed('?validAt=any')).includes(setup.setupId));
    world.advance(60.1);
    assert.equal((await setup.send('GET')).status, 200);
    assert.ok((await listed('')).includes(setup.setupId));
  });
});

describe('what is deleted', () => {
  it('a client: is hidden here, gone everywhere else, and readable on demand', async () => {
    const { server, organization, setup } = world;
    const gone = await setup.createClient({ name: 'Gone' });
    const token = await server.token(gone);
    await plan(gone.id, 60, { name: 'Never' });
    assert.equal((await setup.send('DELETE', `/clients/${gone.id}`)).status, 204);
    assert.equal((await askToken(server, gone)).status, 401);
    const introspected = await server.request('POST', '/oauth/introspect', {
      basic: [organization.admin.clientId, organization.admin.secret],
      form: { token },
    });
    assert.deepEqual(introspected.body, { active: false });
    const native = `/oauth/customers/${organization.customerId}/clients/${gone.clientId}`;
    assert.equal((await server.request('GET', native, { token: organization.token })).status, 404);
    assertError(await setup.send('GET', `/clients/${gone.id}`), 404, 'CLIENT_NOT_FOUND');
    assertError(await setup.send('GET', `/clients/${gone.id}?validAt=any`), 404, 'CLIENT_NOT_FOUND');
    assertError(await setup.send('DELETE', `/clients/${gone.id}`), 404, 'CLIENT_NOT_FOUND');
    assertError(
      await setup.send('PUT', `/clients/${gone.id}`, { json: clientBody() }),
      404,
      'CLIENT_NOT_FOUND',
    );
    const query = '?includeSoftDeletedStates=true';
    assert.equal((await setup.send('GET', `/clients/${gone.id}${query}`)).body.name, 'Gone');
    assert.ok(!(await setup.send('GET', '/clients')).body.clientIds.includes(gone.id));
    assert.ok((await setup.send('GET', `/clients${query}`)).body.clientIds.includes(gone.id));
    assert.equal(
      (await setup.send('GET', `/clients/${gone.id}/snapshots${query}`)).body.snapshotIds.length,
      2,
    );
    world.advance(61);
    assert.equal((await askToken(server, gone)).status, 401);
    assert.equal((await setup.send('GET', `/clients/${gone.id}${query}`)).body.name, 'Gone');
  });

  it('a client: its client_id may be taken again, by one that is not its heir', async () => {
    const { server, setup } = world;
    const first = await setup.createClient({ client_id: 'again' });
    const token = await server.token(first);
    await setup.send('DELETE', `/clients/${first.id}`);
    const second = await setup.createClient({ client_id: 'again' });
    assert.notEqual(second.id, first.id);
    assert.equal((await askToken(server, first)).status, 401);
    const answer = await server.request('POST', '/oauth/introspect', {
      basic: [second.clientId, second.secret],
      form: { token },
    });
    assert.deepEqual(answer.body, { active: false });
  });

  it('a client that another surface deleted is readable here just the same', async () => {
    const { server, organization, setup } = world;
    const gone = await setup.createClient({ name: 'Gone' });
    const native = `/oauth/customers/${organization.customerId}/clients/${gone.clientId}`;
    assert.equal((await server.request('DELETE', native, { token: organization.token })).status, 200);
    assertError(await setup.send('GET', `/clients/${gone.id}`), 404, 'CLIENT_NOT_FOUND');
    const { body } = await setup.send('GET', `/clients/${gone.id}?includeSoftDeletedStates=true`);
    assert.equal(body.name, 'Gone');
  });

  it('a setup: takes all its clients along', async () => {
    const { server, organization } = world;
    const setup = await createSetup(server, organization);
    const own = await setup.createClient();
    assert.equal((await setup.send('DELETE')).status, 204);
    assert.equal((await askToken(server, own)).status, 401);
    assertError(await setup.send('GET'), 404, 'SETUP_NOT_FOUND');
    assertError(await setup.send('GET', '/clients'), 404, 'SETUP_NOT_FOUND');
    assertError(await setup.send('GET', `/clients/${own.id}`), 404, 'SETUP_NOT_FOUND');
    assertError(await setup.send('DELETE'), 404, 'SETUP_NOT_FOUND');
    const query = '?includeSoftDeletedStates=true';
    assert.equal((await setup.send('GET', query)).body.name, 'Production');
    assert.deepEqual((await setup.send('GET', `/clients${query}`)).body.clientIds, [own.id]);
  });
});
