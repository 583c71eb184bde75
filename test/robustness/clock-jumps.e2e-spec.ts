import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { assertIssued, requestByBasic } from '../support/token-requests.js';

const hour = 3_600;
const year = 365 * 24 * hour;
const ttlSeconds = 3_600;

describe('a clock that jumps', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let client: TestClient;
  beforeEach(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    client = await createClient(server, organization.customerId, organization.token);
  });
  afterEach(() => server.close());

  const ask = () => requestByBasic(server, client);
  const introspect = async (token: string) => {
    const basic = [client.clientId, client.secret] as const;
    const answer = await server.request('POST', '/oauth/introspect', { basic, form: { token } });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.active as boolean;
  };
  const statusOfAdmin = async (token: string) =>
    (await server.request('GET', `/oauth/customers/${organization.customerId}`, { token })).status;
  const assertWhole = (answer: Answer) => {
    const token = assertIssued(answer);
    assert.equal(answer.body.expires_in, ttlSeconds);
    return token;
  };
  const assertServes = async () => {
    assert.ok(await introspect(assertWhole(await ask())));
    assert.equal((await server.request('GET', '/health/ready')).status, 200);
    const token = await server.token(organization.admin);
    const created = await server.request('POST', `/oauth/customers/${organization.customerId}/tenants`, {
      token,
      json: { tenantId: `tenant-${Math.random().toString(36).slice(2)}` },
    });
    assert.equal(created.status, 201, created.text);
  };

  it('ahead ends what has expired by it, and goes on', async () => {
    const token = await server.token(client);
    server.advanceClock(year);
    assert.equal(await introspect(token), false);
    assert.equal(await statusOfAdmin(organization.token), 401);
    await assertServes();
  });

  it('back refuses what seems to be issued in the future, but for a minute, and goes on', async () => {
    const token = await server.token(client);
    server.advanceClock(-50);
    assert.equal(await introspect(token), true);
    server.advanceClock(-hour);
    assert.equal(await introspect(token), false);
    assert.equal(await statusOfAdmin(organization.token), 401);
    await assertServes();
    server.advanceClock(hour);
    assert.equal(await introspect(token), true);
  });

  it('to and fro leaves every answer sound', async () => {
    for (const seconds of [10 * year, -20 * year, 10 * year, -1, hour, -2 * hour, hour + 1]) {
      server.advanceClock(seconds);
      await assertServes();
    }
  });

  it('back makes no wait after wrong guesses longer', async () => {
    const wrong = { ...client, secret: 'wrong-secret' };
    for (let n = 0; n < 20; n++) await requestByBasic(server, wrong);
    server.advanceClock(-hour);
    const answer = await requestByBasic(server, wrong);
    assert.equal(answer.status, 429);
    const retryAfter = Number(answer.headers.get('retry-after'));
    assert.ok(retryAfter >= 1 && retryAfter <= 60, `${retryAfter}`);
  });

  it('back issues a new token where tokens are used again, and no life is longer or negative', async () => {
    const reusing = await createOrganization(server, {
      multitokenConfig: { clientCredentialsMultiTokenConfig: null },
    });
    client = await createClient(server, reusing.customerId, reusing.token);
    const first = assertWhole(await ask());
    server.advanceClock(ttlSeconds - 10);
    const again = await ask();
    assert.equal(assertIssued(again), first);
    assert.ok(again.body.expires_in >= 0 && again.body.expires_in <= 10, again.text);
    server.advanceClock(-2 * hour);
    const later = await ask();
    assert.notEqual(assertWhole(later), first);
    assert.equal(await introspect(later.body.access_token), true);
    assert.equal(assertIssued(await ask()), later.body.access_token);
  });
});
