import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { proxyDatabaseOf } from '../../support/database-proxy.js';
import { createOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { startServerProcess } from '../../support/server-process.js';
import { assertError, fixture, oauthClientBody } from './support.js';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

describe('429', () => {
  it('answers the 101st request of a client within 10 s as the document has it', async () => {
    const { token } = await createOrganization(server);
    const other = await createOrganization(server);
    const paths = ['/oauth-clients', '/v3/oauth-clients'];
    const statuses: number[] = [];
    for (let i = 0; i < 100; i++) {
      const path = paths[i % 2] as string;
      statuses.push((await server.request('GET', `${path}?limit=0`, { token })).status);
    }
    assert.deepEqual([...new Set(statuses)], [200]);
    const answer = await server.request('GET', '/oauth-clients', { token });
    assert.equal(answer.status, 429, answer.text);
    assert.deepEqual(answer.body, fixture('errors').rateLimited);
    assert.match(answer.headers.get('retry-after') ?? '', /^([1-9]|10)$/);
    assert.equal((await server.request('GET', '/oauth-clients', { token: other.token })).status, 200);
  });
});

describe('503', () => {
  it('is answered in the words of the surface while the database is away', async () => {
    const proxy = await proxyDatabaseOf(server);
    const behind = await startServer({ sharing: proxy.behind });
    try {
      const { token } = await createOrganization(behind);
      proxy.cut();
      const read = await behind.request('GET', '/oauth-clients', { token });
      assertError(read, 503, '503 Service unavailable');
      assert.match(read.headers.get('retry-after') ?? '', /^\d+$/);
      const written = await behind.request('POST', '/oauth-clients', { token, json: oauthClientBody() });
      assertError(written, 503, '503 Service unavailable');
      proxy.restore();
      assert.equal((await behind.request('GET', '/oauth-clients', { token })).status, 200);
    } finally {
      await behind.close();
      await proxy.close();
    }
  });
});

describe('the tracking id', () => {
  it('leads to the line of the request in the log, whatever the caller called it', async () => {
    const process = await startServerProcess(server.database.url);
    try {
      const ask = async (requestId?: string): Promise<string> => {
        const headers: Record<string, string> = requestId === undefined ? {} : { 'x-request-id': requestId };
        const { body } = await process.request('POST', '/oauth-clients/a/b', { headers });
        return body.trackingId;
      };
      const own = await ask();
      const given = await ask('0123456789abcdef0123456789abcdef');
      const foreign = await ask('a-caller.s_own-name');
      const uuid = await ask('7F0D1C2B-3A49-5867-A6B5-C4D3E2F10908');
      assert.equal(given, '0123456789abcdef0123456789abcdef');
      assert.equal(uuid, '7f0d1c2b3a495867a6b5c4d3e2f10908');
      for (const id of [own, foreign]) assert.match(id, /^[0-9a-f]{32}$/);
      assert.equal(await process.stop(), 0);
      const lines = process
        .output()
        .split('\n')
        .filter((line) => line.includes('"msg":"request"'));
      for (const id of [own, given, foreign, uuid]) {
        assert.equal(lines.filter((line) => line.includes(id)).length, 1, id);
      }
      const [ofForeign] = lines.filter((line) => line.includes(foreign));
      assert.match(ofForeign ?? '', /a-caller\.s_own-name/);
    } finally {
      await process.stop();
    }
  });
});
