import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { generateSecret } from '#libs/credentials';
import { sceneAt } from '../credentials/support/scene.js';
import { assertError } from '../customers/support/native-api.js';
import { startServer, type TestServer } from '../support/server.js';
import { keyFile, keyList, ScannerKey } from './support/github.js';

const key = new ScannerKey();
const [match] = [{ token: 'some_token', type: 'some_type', url: 'https://example.com/', source: 'commit' }];

describe('POST /leaks/github', () => {
  let file: Awaited<ReturnType<typeof keyFile>>;
  let server: TestServer;
  before(async () => {
    file = await keyFile([key]);
    server = await startServer({ settings: { githubLeakKeys: file.path } });
  });
  after(async () => {
    await server.close();
    await file.remove();
  });

  const send = (body: string, headers: Record<string, string>) =>
    server.request('POST', '/leaks/github', { body, headers });

  it('200: labels each match by its form, and tells nothing of whether a secret lives', async () => {
    const scene = await sceneAt(server, { leakPolicy: 'revoke' });
    const revoked = await scene.succeed('POST', '');
    await scene.succeed('POST', `/${revoked.credentialId}/revoke`);
    const lookalike = `cls_${'a'.repeat(43)}_000000`;
    const tokens = [scene.client.secret, revoked.clientSecret, generateSecret(), lookalike, 'nonsense'];
    const answer = await key.report(
      server,
      tokens.map((token) => ({ token, type: 'clientele', url: '', source: 'content', more: [1] })),
    );
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const labels = ['true', 'true', 'true', 'false', 'false'];
    assert.deepEqual(
      answer.body,
      tokens.map((token, index) => ({
        token_hash: createHash('sha256').update(token).digest('hex'),
        token_type: 'clientele',
        label: `${labels[index]}_positive`,
      })),
    );
    assert.equal(await scene.works(scene.client.secret), false);
  });

  it('200: finds a generated secret of another form, which has no checksum', async () => {
    const organization = (await sceneAt(server)).organization;
    const { body, text } = await server.request('POST', '/api/v0/client-credentials', {
      token: organization.token,
      json: { name: 'x' },
    });
    const { secret } = body;
    assert.match(secret, /^[\w+/=-]{43,}$/, text);
    const answer = await key.report(server, [{ token: secret, type: 'x' }]);
    assert.equal(answer.body[0].label, 'true_positive');
  });

  it('200: is signed over the bytes as they came', async () => {
    const body = `  [ {"type":"x",  "token":"${generateSecret()}", "url":"https:\\/\\/x\\u002ey"} ]\n`;
    assert.equal((await send(body, key.headersFor(body))).status, 200);
  });

  describe('403', () => {
    it('without a signature, with one of another body or key, and with a damaged one', async () => {
      const scene = await sceneAt(server, { leakPolicy: 'revoke' });
      const body = JSON.stringify([{ ...match, token: scene.client.secret }]);
      const good = key.headersFor(body);
      const {
        'github-public-key-identifier': identifier = '',
        'github-public-key-signature': signature = '',
      } = good;
      const wrong: Record<string, string>[] = [
        { 'content-type': 'application/json' },
        { ...good, 'github-public-key-signature': '' },
        { ...good, 'github-public-key-identifier': '' },
        { ...good, 'github-public-key-identifier': 'x'.repeat(64) },
        { ...good, 'github-public-key-identifier': `${identifier}, ${identifier}` },
        { ...good, 'github-public-key-signature': `${signature}====` },
        { ...good, 'github-public-key-signature': 'A'.repeat(signature.length) },
        key.headersFor(`${body} `),
        { ...new ScannerKey().headersFor(body), 'github-public-key-identifier': identifier },
        new ScannerKey().headersFor(body),
      ];
      const texts = new Set<string>();
      for (const headers of wrong) {
        const answer = await send(body, headers);
        assertError(answer, 403, /not signed by GitHub/);
        texts.add(answer.text);
      }
      assert.equal(texts.size, 1);
      assert.equal(await scene.works(scene.client.secret), true);
      assert.equal((await send(body, good)).status, 200);
      assert.equal(await scene.works(scene.client.secret), false);
    });
  });

  describe('400', () => {
    it('for what is signed and is no list of matches', async () => {
      for (const matches of [
        {},
        [],
        [{}],
        [{ token: 5, type: 'x' }],
        [match, 'x'],
        [{ ...match, token: '' }],
      ])
        assert.equal((await key.report(server, matches)).status, 400, JSON.stringify(matches));
      const many = Array.from({ length: 1_001 }, () => match);
      assertError(await key.report(server, many), 400, /at most 1000/);
      assert.equal((await key.report(server, many.slice(1))).status, 200);
    });
  });

  it('413 beyond the limit of bodies', async () => {
    const answer = await key.report(server, [{ ...match, url: 'x'.repeat(1_100_000) }]);
    assert.equal(answer.status, 413);
  });

  it('404 unless it is switched on, as where there is nothing', async () => {
    const plain = await startServer({ sharing: server });
    try {
      const [off, nowhere] = [
        await key.report(plain, [match]),
        await plain.request('POST', '/leaks/nowhere'),
      ];
      assert.deepEqual([off.status, off.text], [404, nowhere.text]);
    } finally {
      await plain.close();
    }
  });

  it('reads a file again for a key that it does not know, once a minute at most', async () => {
    const next = new ScannerKey();
    await file.write([key, next]);
    assert.equal((await next.report(server, [match])).status, 403);
    server.advanceClock(61);
    assert.equal((await next.report(server, [match])).status, 200);
    assert.equal((await key.report(server, [match])).status, 200);
  });
});

describe('the keys of POST /leaks/github behind a URL', () => {
  const next = new ScannerKey();
  let keys = keyList([key]);
  let status = 200;
  const asked: (string | undefined)[] = [];
  let keyServer: Server;
  let server: TestServer;
  before(async () => {
    keyServer = createServer((request, response) => {
      asked.push(request.headers['if-none-match']);
      const etag = `"${createHash('sha256').update(keys).digest('hex')}"`;
      if (status !== 200) response.writeHead(status).end();
      else if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
      else response.writeHead(200, { etag, 'content-type': 'application/json' }).end(keys);
    });
    await new Promise<void>((done) => keyServer.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/meta/public_keys/secret_scanning`;
    server = await startServer({ settings: { githubLeakKeys: url } });
  });
  after(async () => {
    await server.close();
    keyServer.close();
  });

  it('503 while there are none, and not one request for each', async () => {
    status = 500;
    const answers = await Promise.all(Array.from({ length: 20 }, () => key.report(server, [match])));
    for (const answer of answers) {
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
    assert.equal(asked.length, 1);
    status = 200;
    server.advanceClock(61);
  });

  it('are asked for once, and again by their ETag when they are an hour old', async () => {
    for (let round = 0; round < 5; round++) assert.equal((await key.report(server, [match])).status, 200);
    assert.equal(asked.length, 2);
    server.advanceClock(3_601);
    assert.equal((await key.report(server, [match])).status, 200);
    assert.equal(asked.length, 3);
    assert.ok(asked[2]);
  });

  it('are asked for again for one unknown name, and not for a thousand', async () => {
    keys = keyList([key, next]);
    server.advanceClock(61);
    assert.equal((await next.report(server, [match])).status, 200);
    assert.equal(asked.length, 4);
    for (let round = 0; round < 30; round++)
      assert.equal((await new ScannerKey().report(server, [match])).status, 403);
    assert.equal(asked.length, 4);
  });

  it('stay when they cannot be had, or are none', async () => {
    for (const broken of ['{}', 'nonsense', keyList([new ScannerKey('secp384r1')]), ' '.repeat(200_000)]) {
      keys = broken;
      server.advanceClock(3_700);
      assert.equal((await next.report(server, [match])).status, 200);
    }
    status = 500;
    server.advanceClock(3_700);
    assert.equal((await next.report(server, [match])).status, 200);
    assert.equal(asked.length, 9);
  });

  it('that are withdrawn are good no longer', async () => {
    status = 200;
    keys = keyList([key]);
    server.advanceClock(3_700);
    assert.equal((await next.report(server, [match])).status, 403);
    assert.equal((await key.report(server, [match])).status, 200);
  });
});
