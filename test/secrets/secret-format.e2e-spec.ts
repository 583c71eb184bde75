import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { generateSecret, secretPattern } from '#libs/credentials';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { createClient, createOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { chiSquared } from '../support/statistics.js';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The checksum as a secret scanner would compute it from the documentation alone. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let i = 0; i < 6; i++) {
    checksum = alphabet[rest % 62] + checksum;
    rest = Math.floor(rest / 62);
  }
  return checksum;
}

describe('10,000 generated secrets', () => {
  const secrets = Array.from({ length: 10_000 }, generateSecret);

  it('are all different, of the documented form, and carry their checksum (S-07)', () => {
    assert.equal(new Set(secrets).size, secrets.length);
    for (const secret of secrets) {
      assert.match(secret, secretPattern);
      assert.match(secret, /^cls_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
      assert.equal(secret.slice(-6), checksumOf(secret.slice(0, -7)));
    }
  });

  it('have at least 256 bits (S-07, S-10)', () => {
    assert.ok(43 * Math.log2(alphabet.length) >= 256);
  });

  it('are uniform, over all places and at each of them (S-07)', () => {
    const all = new Array<number>(62).fill(0);
    for (let place = 0; place < 43; place++) {
      const counts = new Array<number>(62).fill(0);
      for (const secret of secrets) {
        const index = alphabet.indexOf(secret[4 + place] as string);
        counts[index] = (counts[index] ?? 0) + 1;
        all[index] = (all[index] ?? 0) + 1;
      }
      assert.ok(chiSquared(counts) < 170, `place ${place}: by chance less than once in 10^9`);
    }
    assert.ok(chiSquared(all) < 170);
  });
});

describe('a presented secret that is no secret of ours', () => {
  let server: TestServer;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    const { customerId, token } = await createOrganization(server);
    client = await createClient(server, customerId, token);
  });
  after(() => server.close());

  /** Secrets that begin like generated ones and fail offline. */
  const malformed = (secret: string): Record<string, string> => ({
    'a wrong checksum': `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`,
    'a changed character': secret.replace(/^cls_./, (start) => `cls_${start[4] === 'a' ? 'b' : 'a'}`),
    'two changed places': `cls_${secret[5]}${secret[4]}${secret.slice(6)}`.replace(/^cls_(.)\1/, 'cls_!!'),
    'one character less': secret.slice(0, -1),
    'one character more': `${secret}0`,
    'the prefix alone': 'cls_',
    'no checksum': secret.slice(0, -7),
    'another separator': `${secret.slice(0, 47)}-${secret.slice(48)}`,
  });
  const ask = (at: TestServer, secret: string, clientId = client.clientId) =>
    at.request('POST', '/oauth/token', {
      basic: [clientId, secret],
      form: { grant_type: 'client_credentials' },
    });

  it('is answered exactly like a wrong one (S-08)', async () => {
    const wrong = await ask(server, generateSecret());
    assert.equal(wrong.status, 401);
    const headersOf = ({ headers }: typeof wrong) =>
      [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    for (const [what, secret] of Object.entries(malformed(client.secret))) {
      assert.notEqual(secret, client.secret);
      const answer = await ask(server, secret);
      assert.equal(answer.status, 401, what);
      assert.equal(answer.text, wrong.text, what);
      assert.deepEqual(headersOf(answer), headersOf(wrong), what);
    }
  });

  describe('while the database is away and nothing in memory counts', () => {
    let proxy: DatabaseProxy;
    let blind: TestServer;
    before(async () => {
      proxy = await proxyDatabaseOf(server);
      blind = await startServer({ sharing: proxy.behind, settings: { databaseOutageGraceSeconds: 0 } });
      proxy.cut();
    });
    after(async () => {
      await blind.close();
      await proxy.close();
    });

    it('is refused nevertheless, for it needs neither a look-up nor a hash (S-08)', async () => {
      assert.equal((await ask(blind, generateSecret())).status, 503, 'a well-formed one needs the database');
      for (const [what, secret] of Object.entries(malformed(client.secret)))
        assert.equal((await ask(blind, secret)).status, 401, what);
    });
  });
});
