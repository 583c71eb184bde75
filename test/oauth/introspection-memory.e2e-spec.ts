import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Principal } from '#libs/access';
import { SigningKeys } from '#libs/keys';
import { createClient, createOrganization } from '../support/fixtures.js';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

describe('a token that was introspected before', () => {
  let server: TestServer;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    const { customerId, token } = await createOrganization(server);
    client = await createClient(server, customerId, token);
  });
  after(() => server.close());

  const isActive = async (token: string): Promise<boolean> => {
    const { status, body } = await server.request('POST', '/oauth/introspect', {
      basic: [client.clientId, client.secret],
      form: { token },
    });
    assert.equal(status, 200);
    return body.active;
  };
  const seenToken = async (): Promise<string> => {
    const token = await server.token(client);
    for (let time = 0; time < 2; time++) assert.equal(await isActive(token), true);
    return token;
  };

  it('is not active any more once it was revoked (P-112)', async () => {
    const token = await seenToken();
    const form = { token };
    await server.request('POST', '/oauth/revoke', { basic: [client.clientId, client.secret], form });
    assert.equal(await isActive(token), false);
  });

  it('is told from one that differs in a single character (P-109)', async () => {
    const token = await seenToken();
    for (const place of [token.indexOf('.') + 3, token.length - 5]) {
      const changed = token[place] === 'A' ? 'B' : 'A';
      assert.equal(await isActive(token.slice(0, place) + changed + token.slice(place + 1)), false);
    }
    assert.equal(await isActive(token), true);
  });

  it('is not active any more once its key is gone from the key set', async () => {
    const token = await seenToken();
    const { kid } = decodeToken(token).header;
    const { database } = server;
    await database.query(`update signing_key set state = 'retired' where kid = $1`, [kid]);
    await server.app.get(SigningKeys, { strict: false }).announce(Principal.system('test'), 'EdDSA');
    assert.equal(await isActive(token), false);
    await database.query(`update signing_key set state = 'active' where kid = $1`, [kid]);
    await server.app.get(SigningKeys, { strict: false }).announce(Principal.system('test'), 'EdDSA');
    assert.equal(await isActive(token), true);
  });

  it('is not active any more once it has expired (P-112)', async () => {
    const token = await seenToken();
    const { exp, iat } = decodeToken(token).claims as { exp: number; iat: number };
    server.advanceClock(exp - iat + 1);
    assert.equal(await isActive(token), false);
  });
});
