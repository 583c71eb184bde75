import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { askForToken, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;

before(async () => {
  server = await startServer();
});
after(() => server.close());

interface Scene {
  readonly organization: TestOrganization;
  readonly api: NativeApi;
  readonly client: TestClient;
  readonly multitokens: () => Promise<object>;
}

/** A client of a customer with that multi-token setting; the administrator's tokens come from before it was set. */
async function sceneWith(multitokenConfig: object | null, at = server): Promise<Scene> {
  const organization = await createOrganization(at);
  const api = nativeApi(at, organization);
  const client = await createClient(at, organization.customerId, organization.token);
  assert.equal((await api('PUT', '', { json: { multitokenConfig } })).status, 200);
  const multitokens = async () => (await api('GET', `/clients/${client.clientId}/multitokens`)).body;
  return { organization, api, client, multitokens };
}

const limitedTo = (maxActiveTokensAllowed: number) => ({
  clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed },
});

describe('a customer without a multi-token setting', () => {
  it('gets a fresh token each time, and none is counted', async () => {
    const { client, multitokens } = await sceneWith(null);
    assert.notEqual(await server.token(client), await server.token(client));
    assert.deepEqual(await multitokens(), { status: 'disabled', tokensCount: 0 });
  });
});

describe('multi-token off', () => {
  it('answers the same token while it is valid, with the seconds that are left', async () => {
    const own = await startServer();
    try {
      const { client } = await sceneWith({ clientCredentialsMultiTokenConfig: null }, own);
      const first = (await askForToken(own, client)).body;
      own.advanceClock(100);
      const second = (await askForToken(own, client)).body;
      assert.equal(second.access_token, first.access_token);
      assert.ok(second.expires_in <= first.expires_in - 100, `${second.expires_in}`);
      own.advanceClock(3600);
      assert.notEqual((await askForToken(own, client)).body.access_token, first.access_token);
    } finally {
      await own.close();
    }
  });

  it('answers the same token to ten that ask at once', async () => {
    const { client, multitokens } = await sceneWith({});
    const tokens = await Promise.all(Array.from({ length: 10 }, () => server.token(client)));
    assert.equal(new Set(tokens).size, 1);
    assert.deepEqual(await multitokens(), { status: 'disabled', tokensCount: 1 });
  });

  it('makes a new one when the old one was revoked, by whatever way', async () => {
    const { client, api } = await sceneWith({});
    const first = await server.token(client);
    await api('PUT', `/clients/${client.clientId}/revoketokens`);
    const second = await server.token(client);
    assert.notEqual(second, first);
    await server.request('POST', '/oauth/revoke', {
      basic: [client.clientId, client.secret],
      form: { token: second },
    });
    assert.notEqual(await server.token(client), second);
  });
});

describe('maxActiveTokensAllowed', () => {
  it('makes a new token each time and refuses the next one with 429 and Retry-After', async () => {
    const { client, multitokens } = await sceneWith(limitedTo(3));
    const tokens = [await server.token(client), await server.token(client), await server.token(client)];
    assert.equal(new Set(tokens).size, 3);
    assert.deepEqual(await multitokens(), { status: 'enabled', tokensCount: 3 });
    const refused = await askForToken(server, client);
    assert.equal(refused.status, 429);
    const seconds = Number(refused.headers.get('retry-after'));
    assert.ok(seconds > 3500 && seconds <= 3600, `${seconds}`);

    await server.request('POST', '/oauth/revoke', {
      basic: [client.clientId, client.secret],
      form: { token: tokens[0] as string },
    });
    assert.deepEqual(await multitokens(), { status: 'enabled', tokensCount: 2 });
    await server.token(client);
    assert.equal((await askForToken(server, client)).status, 429);
  });

  it('holds when twenty ask at once', async () => {
    const { client } = await sceneWith(limitedTo(4));
    const answers = await Promise.all(Array.from({ length: 20 }, () => askForToken(server, client)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      ...Array(4).fill(200),
      ...Array(16).fill(429),
    ]);
  });

  it('has room again when the tokens have expired, or all were revoked', async () => {
    const own = await startServer();
    try {
      const { client, api, multitokens } = await sceneWith(limitedTo(1), own);
      await own.token(client);
      assert.equal((await askForToken(own, client)).status, 429);
      await api('PUT', `/clients/${client.clientId}/revoketokens`);
      assert.deepEqual(await multitokens(), { status: 'enabled', tokensCount: 0 });
      await own.token(client);
      own.advanceClock(3601);
      await own.token(client);
    } finally {
      await own.close();
    }
  });
});
