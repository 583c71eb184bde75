import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertError, basePath, clientBody, createSetup, type TestSetupClient } from './support.js';
import { lifetimeOf, plan, startWorld, type World } from './world.js';

let world: World;
let client: TestSetupClient;
before(async () => {
  world = await startWorld();
});
after(() => world.server.close());

describe('…/snapshots of a client', () => {
  it('lists what was and what is to be, each with its state', async () => {
    const { setup } = world;
    client = await setup.createClient({ name: 'First' });
    await setup.send('PUT', `/clients/${client.id}`, { json: clientBody({ name: 'Second' }) });
    await plan(world, client.id, 600, { name: 'Third' });
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
