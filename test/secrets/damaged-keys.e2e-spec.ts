import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

describe('a stored signing key that was altered', () => {
  let owner: TestServer;
  let server: ServerProcess;
  before(async () => {
    owner = await startServer();
    server = await startServerProcess(owner.database.url, { SIGNING_KEY_ANNOUNCE_SECONDS: '0' });
  });
  after(async () => {
    await server.stop();
    await owner.close();
  });

  const token = async (): Promise<string> => {
    const { clientId, secret } = owner.operator;
    const { body } = await server.request('POST', '/oauth/token', {
      basic: [clientId, secret],
      form: { grant_type: 'client_credentials' },
    });
    return body.access_token;
  };
  const post = async (path: string, json?: object) =>
    server.request('POST', `/oauth/signing-keys${path}`, {
      token: await token(),
      ...(json !== undefined && { json }),
    });
  const published = async (): Promise<string[]> =>
    (await server.request('GET', '/.well-known/jwks.json')).body.keys.map((key: { kid: string }) => key.kid);
  const sealedKey = async (kid: string): Promise<string> => {
    const [row] = await owner.database.query('select sealed_private_key from signing_key where kid = $1', [
      kid,
    ]);
    return row?.['sealed_private_key'];
  };
  const store = (kid: string, sealed: string) =>
    owner.database.query('update signing_key set sealed_private_key = $2 where kid = $1', [kid, sealed]);
  const activeKid = async (alg: string): Promise<string> => {
    const [row] = await owner.database.query(
      `select kid from signing_key where state = 'active' and alg = $1`,
      [alg],
    );
    return row?.['kid'];
  };
  /** Flips one bit of the ciphertext. */
  const flipped = (sealed: string): string => {
    const parts = sealed.split('.');
    const bytes = Buffer.from(parts[3] as string, 'base64url');
    bytes[0] = (bytes[0] as number) ^ 1;
    return Object.assign(parts, { 3: bytes.toString('base64url') }).join('.');
  };
  const mustNotStart = (kid: string) =>
    assert.rejects(startServerProcess(owner.database.url), ({ message }: Error) => {
      assert.match(message, new RegExp(`signing key ${kid} cannot be opened\\. .*altered or moved`));
      assert.doesNotMatch(message, /listening/);
      return true;
    });

  it('keeps a server from starting, which names it (S-05)', async () => {
    const kid = await activeKid('PS256');
    const good = await sealedKey(kid);
    await store(kid, flipped(good));
    await mustNotStart(kid);
    await store(kid, good);
  });

  it('keeps a server from starting when it was put in the place of another (S-04)', async () => {
    const [one, other] = [await activeKid('PS256'), await activeKid('RS256')];
    const good = await sealedKey(one);
    await store(one, await sealedKey(other));
    await mustNotStart(one);
    await store(one, good);
  });

  it('does not stop a running server, which warns, publishes new keys and rotates (S-05)', async () => {
    const damaged = await activeKid('ES256');
    await store(damaged, flipped(await sealedKey(damaged)));
    assert.equal(decodeToken(await token()).header['kid'], damaged, 'it goes on from memory');
    const announced = await post('', { alg: 'ES256' });
    assert.equal(announced.status, 201);
    const { kid } = announced.body;
    await eventually(1_500, async () => assert.ok((await published()).includes(kid)));
    await eventually(1_500, async () =>
      assert.match(server.output(), new RegExp(`"level":"error".*signing key ${damaged} was altered`)),
    );
    assert.equal(decodeToken(await token()).header['kid'], damaged);
    assert.equal((await post(`/${kid}/activate`)).status, 200);
    await eventually(1_500, async () => assert.equal(decodeToken(await token()).header['kid'], kid));
    assert.ok((await published()).includes(damaged), 'its tokens are verified until they end');
  });

  it('is not activated: that would leave nobody with a key to sign with (S-05)', async () => {
    const before = decodeToken(await token()).header['kid'];
    const { kid } = (await post('', { alg: 'ES256' })).body;
    await store(kid, flipped(await sealedKey(kid)));
    const refused = await post(`/${kid}/activate`);
    assert.equal(refused.status, 409);
    assert.match(refused.text, /damaged/);
    assert.equal(decodeToken(await token()).header['kid'], before);
    assert.equal((await post(`/${kid}/retire`)).status, 200);
  });
});
