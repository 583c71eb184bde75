import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { askForToken, assertError, isActive, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;
let client: TestClient;
let path: string;
let oldId: string;

beforeEach(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
  client = await createClient(server, organization.customerId, organization.token);
  path = `/clients/${client.clientId}/credentials`;
  oldId = (await api('GET', path)).body[0].credentialId;
});
afterEach(() => server.close());

const rotate = (json?: object) => api('POST', `${path}/${oldId}/rotate`, json === undefined ? {} : { json });
const old = async () => (await api('GET', `${path}/${oldId}`)).body;
const works = async (secret: string) => (await askForToken(server, { ...client, secret })).status === 200;

describe('POST …/credentials/{credentialId}/rotate', () => {
  it('201: both secrets work for a day, then the new one alone', async () => {
    const { status, headers, body } = await rotate();
    assert.equal(status, 201);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(body.replaces, oldId);
    assert.equal(body.status, 'active');
    const { status: oldStatus, retiresAt } = await old();
    assert.equal(oldStatus, 'retiring');
    assert.ok(Math.abs(Date.parse(retiresAt) - Date.now() - 86_400_000) < 60_000, retiresAt);
    assert.ok((await works(client.secret)) && (await works(body.clientSecret)));

    server.advanceClock(86_400 + 5);
    assert.deepEqual([await works(client.secret), await works(body.clientSecret)], [false, true]);
    assert.equal((await askForToken(server, organization.admin)).status, 200);
    const token = await server.token(organization.admin);
    const read = await api('GET', `${path}/${oldId}`, { token });
    assert.equal(read.body.status, 'retired');
  });

  it('201: lets tokens that the old secret bought live to their end', async () => {
    const token = await server.token(client);
    await rotate({ overlapSeconds: 60 });
    server.advanceClock(61);
    assert.equal(await works(client.secret), false);
    assert.equal(await isActive(server, organization.admin, token), true);
  });

  it('201: without overlap ends the old secret at once', async () => {
    const { body } = await rotate({ overlapSeconds: 0 });
    assert.deepEqual([await works(client.secret), await works(body.clientSecret)], [false, true]);
    assert.equal((await old()).status, 'retired');
  });

  it('201: keeps the name unless it is given another, and takes a new end', async () => {
    await api('PATCH', `${path}/${oldId}`, { json: { name: 'deploy' } });
    const first = (await rotate({ expiresAt: '2099-01-01T00:00:00.000Z' })).body;
    assert.deepEqual([first.name, first.expiresAt], ['deploy', '2099-01-01T00:00:00.000Z']);
    const second = await api('POST', `${path}/${first.credentialId}/rotate`, { json: { name: null } });
    assert.deepEqual([second.body.name, second.body.expiresAt], [null, null]);
  });

  it('201: the new one has a PATCH of its own; the retiring one may be revoked early', async () => {
    await rotate();
    const { body } = await api('POST', `${path}/${oldId}/revoke`);
    assert.equal(body.status, 'revoked');
    assert.equal(await works(client.secret), false);
  });

  it('400: refuses an overlap out of bounds, and an unknown field', async () => {
    for (const overlapSeconds of [-1, 2_592_001, 1.5, '60']) {
      assertError(await rotate({ overlapSeconds }), 400, /overlapSeconds: must be a whole number/);
    }
    assertError(
      await rotate({ clientSecret: 'a secret of mine' }),
      400,
      /clientSecret: is not a known field/,
    );
    assert.equal((await old()).status, 'active');
  });

  it('409: only an active one can be rotated', async () => {
    await rotate();
    assertError(await rotate(), 409, /retiring; only an active one/);
    await api('POST', `${path}/${oldId}/revoke`);
    assertError(await rotate(), 409, /revoked; only an active one/);
  });

  it('409: of twenty at once one wins', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => rotate({ overlapSeconds: 60 })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(409)]);
    assert.equal((await api('GET', path)).body.length, 2);
  });
});
