import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { after, before, describe, it, mock } from 'node:test';
import { generateSecret } from '#libs/credentials';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { assertIssued, assertRefused, requestByBasic, requestByPost } from '../support/token-requests.js';

const perClientAndSource = 20;
const perSource = 200;
const perClient = 200;
const windowSeconds = 60;

describe('POST /oauth/token, guessing', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
    organization = await createOrganization(server);
  });
  after(() => server.close());

  const createGenerated = (overrides: Record<string, unknown> = {}) =>
    createClient(server, organization.customerId, organization.token, overrides);
  /** A client whose secret somebody chose, and others may guess. */
  const create = () => createGenerated({ clientSecret: 'a secret that somebody chose' });
  const from = (address: string, client: TestClient) =>
    requestByBasic(server, client, {}, { headers: { 'x-forwarded-for': address } });
  /**
   * Guesses wrongly, the n-th time from the address that is made of n: many at once, but no more than may wait for a
   * slow comparison, for what is answered 503 was no guess.
   */
  const guess = async (client: TestClient, times: number, address: (n: number) => string) => {
    const wrong = (n: number) => ({ ...client, secret: `wrong-secret-${n}` });
    const answers: Answer[] = [];
    while (answers.length < times) {
      const length = Math.min(50, times - answers.length);
      const batch = Array.from({ length }, (_, n) => answers.length + n);
      answers.push(...(await Promise.all(batch.map((n) => from(address(n), wrong(n))))));
    }
    return answers;
  };
  const assertLocked = (answer: Answer) => {
    assertRefused(answer, 429, 'temporarily_unavailable');
    const retryAfter = Number(answer.headers.get('retry-after'));
    assert.ok(
      Number.isInteger(retryAfter) && retryAfter >= 1 && retryAfter <= windowSeconds,
      `${retryAfter}`,
    );
  };

  it('is stopped at one client from one source, even with the right secret if somebody chose it, until the window ends (P-062)', async () => {
    const client = await create();
    const source = '192.0.2.1';
    for (const answer of await guess(client, perClientAndSource, () => source))
      assertRefused(answer, 401, 'invalid_client');
    assertLocked(await from(source, { ...client, secret: 'wrong-secret' }));
    assertLocked(await from(source, client));
    server.advanceClock(windowSeconds - 5);
    assertLocked(await from(source, client));
    server.advanceClock(6);
    assertIssued(await from(source, client));
  });

  it('locks neither the client out from elsewhere nor other clients from there (P-062)', async () => {
    const [client, neighbour] = [await create(), await create()];
    await guess(client, perClientAndSource, () => '192.0.2.2');
    assertLocked(await from('192.0.2.2', client));
    assertIssued(await from('192.0.2.3', client));
    assertIssued(await from('192.0.2.2', neighbour));
  });

  it('counts a network of IPv6, a /64, as one source (P-062)', async () => {
    const client = await create();
    await guess(client, perClientAndSource, (n) => `2001:db8:1:2::${n.toString(16)}`);
    assertLocked(await from('2001:db8:1:2:ffff::1', client));
    assertLocked(await from('2001:0DB8:0001:0002:0:0:0:9', client));
    assertIssued(await from('2001:db8:1:3::1', client));
  });

  it('takes an IPv4 address for the same in both notations (P-062)', async () => {
    const client = await create();
    await guess(client, perClientAndSource, () => '::ffff:192.0.2.4');
    assertLocked(await from('192.0.2.4', client));
    assertIssued(await from('192.0.2.5', client));
  });

  it('is stopped at one source over many clients, known and unknown (P-062)', async () => {
    const source = '192.0.2.6';
    const client = await create();
    for (let n = 0; n < perSource; n++)
      assertRefused(await from(source, { clientId: `nobody-${n}`, secret: 'x' }), 401, 'invalid_client');
    assertLocked(await from(source, { clientId: 'nobody', secret: 'x' }));
    assertLocked(await from(source, client));
    assertIssued(await from('192.0.2.7', client));
  });

  it('is stopped at one client over many sources, but for those that it authenticated from (P-062)', async () => {
    const client = await create();
    assertIssued(await from('192.0.2.8', client));
    await guess(client, perClient, (n) => `198.51.100.${n}`);
    assertLocked(await from('198.51.100.250', { ...client, secret: 'wrong-secret' }));
    assertIssued(await from('192.0.2.8', client));
  });

  it('gets no further with many guesses at once than with one after the other (P-062)', async () => {
    for (const client of [await create(), await createGenerated()]) {
      const answers = await guess(client, 3 * perClientAndSource, () => '192.0.2.9');
      const refused = answers.filter(({ status }) => status === 401);
      assert.equal(refused.length, perClientAndSource);
      assert.equal(answers.filter(({ status }) => status === 429).length, 2 * perClientAndSource);
    }
  });

  it('does not tell a client that exists from one that does not (P-043)', async () => {
    const client = await create();
    const nobody = { ...client, clientId: 'nobody-to-be-locked' };
    for (const each of [client, nobody]) await guess(each, perClientAndSource, () => '192.0.2.10');
    const [known, unknown] = [await from('192.0.2.10', client), await from('192.0.2.10', nobody)];
    assertLocked(known);
    assertLocked(unknown);
    assert.equal(known.text, unknown.text);
  });

  it('never holds back who has a generated secret, whoever guesses where (P-062)', async () => {
    const [here, everywhere, unseen] = [
      await createGenerated(),
      await createGenerated(),
      await createGenerated(),
    ];
    await guess(here, 2 * perClientAndSource, () => '192.0.2.13');
    assertIssued(await from('192.0.2.13', here));
    await guess(everywhere, perClient, (n) => `198.51.100.${n}`);
    assertIssued(await from('192.0.2.14', everywhere));
    const nobody = (n: number) => from('192.0.2.15', { clientId: `nobody-${n}`, secret: 'x' });
    await Promise.all(Array.from({ length: perSource }, (_, n) => nobody(n)));
    assertLocked(await nobody(perSource));
    assertIssued(await from('192.0.2.15', unseen));
  });

  it('tells nothing more to who goes on with secrets of the generated form (P-043)', async () => {
    const source = '192.0.2.16';
    const client = await createGenerated();
    const byPostAlone = await createGenerated({ clientAuthenticationMethods: ['client_secret_post'] });
    const disabled = await createGenerated({ enabled: false });
    const secret = generateSecret();
    const guesses = [client, byPostAlone, disabled, { clientId: 'nobody-at-all', secret }];
    for (const each of guesses) await guess(each, perClientAndSource, () => source);
    const answers = await Promise.all(guesses.map(({ clientId }) => from(source, { clientId, secret })));
    for (const answer of answers) assertLocked(answer);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assertLocked(await from(source, byPostAlone));
    assertIssued(await from(source, client));
  });

  it('is stopped as well when a secret that somebody chose has the generated form (P-062)', async () => {
    const chosen = await createGenerated({ clientSecret: generateSecret() });
    await guess(chosen, perClientAndSource, () => '192.0.2.17');
    assertLocked(await from('192.0.2.17', chosen));
  });

  it('counts at every endpoint that authenticates clients, and by either method (P-062)', async () => {
    const client = await create();
    const headers = { 'x-forwarded-for': '192.0.2.11' };
    const wrong = { ...client, secret: 'wrong-secret' };
    const basic = [wrong.clientId, wrong.secret] as const;
    for (let n = 0; n < perClientAndSource / 4; n++) {
      for (const path of ['/oauth/introspect', '/oauth/revoke']) {
        const answer = await server.request('POST', path, { basic, form: { token: 'x' }, headers });
        assertRefused(answer, 401, 'invalid_client');
      }
      assertRefused(await requestByBasic(server, wrong, {}, { headers }), 401, 'invalid_client');
      assertRefused(await requestByPost(server, wrong, {}, { headers }), 401, 'invalid_client');
    }
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/token'])
      assertLocked(await server.request('POST', path, { basic, form: { token: 'x' }, headers }));
  });

  it('does not count what was no guess: malformed requests and wrong scopes (P-062)', async () => {
    const client = await create();
    const headers = { 'x-forwarded-for': '192.0.2.12' };
    for (let n = 0; n <= perClientAndSource; n++)
      assertRefused(await requestByBasic(server, client, { scope: 'no' }, { headers }), 400, 'invalid_scope');
    assertIssued(await from('192.0.2.12', client));
  });
});

describe('POST /oauth/token, guessing without a trusted proxy', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('makes no other source of a header that anybody can write (P-062)', async () => {
    const wrong = { ...server.operator, secret: 'wrong-secret' };
    const answers: Answer[] = [];
    for (let n = 0; n <= perClientAndSource; n++) {
      const headers = { 'x-forwarded-for': `192.0.2.${n}`, forwarded: `for=192.0.2.${n}` };
      answers.push(await requestByBasic(server, wrong, {}, { headers }));
    }
    assert.equal(answers.at(-2)?.status, 401);
    assert.equal(answers.at(-1)?.status, 429);
  });
});

describe('POST /oauth/token, comparing secrets', () => {
  let server: TestServer;
  let client: TestClient;
  let other: string;
  before(async () => {
    server = await startServer();
    const { customerId, token, admin } = await createOrganization(server);
    client = await createClient(server, customerId, token);
    other = admin.secret;
  });
  after(() => server.close());

  it('takes the same time wherever the first difference is: one comparison of whole digests (P-061)', async () => {
    const { secret } = client;
    const lengths: number[][] = [];
    const original = crypto.timingSafeEqual;
    const spy = mock.method(crypto, 'timingSafeEqual', (a: Buffer, b: Buffer) => {
      lengths.push([a.length, b.length]);
      return original(a, b);
    });
    syncBuiltinESMExports();
    try {
      assertIssued(await requestByBasic(server, client));
      for (const guess of [other, `x${secret.slice(1)}`, 'x'])
        assertRefused(await requestByBasic(server, { ...client, secret: guess }), 401, 'invalid_client');
    } finally {
      spy.mock.restore();
      syncBuiltinESMExports();
    }
    assert.deepEqual(lengths, Array(4).fill([32, 32]));
  });
});
