import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { askToken, assertError, clientBody, createSetup } from './support.js';
import { plan, startWorld, type World } from './world.js';

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world.server.close());

describe('what is deleted', () => {
  it('a client: is hidden here, gone everywhere else, and readable on demand', async () => {
    const { server, organization, setup } = world;
    const gone = await setup.createClient({ name: 'Gone' });
    const token = await server.token(gone);
    await plan(world, gone.id, 60, { name: 'Never' });
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
