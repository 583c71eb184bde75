import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startServer, type TestServer } from '../support/server.js';

const limited = { settings: { adminRateLimit: { requests: 3, seconds: 30 } } };

describe('rate limits', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server, limited);
  });
  after(() => server.close());

  const list = (token: string, on = server) =>
    on.request('GET', `/oauth/customers/${organization.customerId}/clients`, { token });

  it('say in headers what is left, and refuse with 429 and Retry-After what goes beyond', async () => {
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await list(organization.token));
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [200, 200, 200, 429],
    );
    assert.equal(answers[0]?.headers.get('ratelimit-policy'), '"client";q=3;w=30');
    assert.match(answers[0]?.headers.get('ratelimit') ?? '', /^"client";r=2;t=(29|30)$/);
    assert.match(answers[3]?.headers.get('ratelimit') ?? '', /^"client";r=0;t=\d+$/);
    const retryAfter = Number(answers[3]?.headers.get('retry-after'));
    assert.ok(retryAfter >= 1 && retryAfter <= 30, `Retry-After is ${retryAfter}`);
    assert.equal(answers[3]?.body.errorCode, 429);
  });

  it('count each client by itself', async () => {
    const other = await createClient(server, organization.customerId, await server.operatorToken(), {
      clientPermissions: { roles: { ROLE_AUDITOR: [] } },
    });
    assert.equal((await list(await server.token(other))).status, 200);
  });

  it('do not touch organizations that set none', async () => {
    const free = await createOrganization(server);
    const path = `/oauth/customers/${free.customerId}/clients`;
    for (let i = 0; i < 10; i++) {
      const answer = await server.request('GET', path, { token: free.token });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('ratelimit'), null);
    }
  });

  describe('with REDIS_URL', () => {
    let redis: TestRedis;
    let first: TestServer;
    let second: TestServer;
    before(async () => {
      redis = await startRedis();
      first = await startServer({ sharing: server, settings: { redisUrl: redis.url } });
      second = await startServer({ sharing: server, settings: { redisUrl: redis.url } });
    });
    after(async () => {
      await first?.close();
      await second?.close();
      await redis?.stop();
    });

    it('count on all instances together', async () => {
      const fresh = await createClient(server, organization.customerId, await server.operatorToken(), {
        clientPermissions: { roles: { ROLE_AUDITOR: [] } },
      });
      const token = await server.token(fresh);
      const statuses = [];
      for (const instance of [first, second, first, second])
        statuses.push((await list(token, instance)).status);
      assert.deepEqual(statuses, [200, 200, 200, 429]);
    });

    it('go on by themselves while Redis is away', async () => {
      const fresh = await createClient(server, organization.customerId, await server.operatorToken(), {
        clientPermissions: { roles: { ROLE_AUDITOR: [] } },
      });
      const token = await server.token(fresh);
      await redis.stop();
      const statuses = [];
      for (let i = 0; i < 4; i++) statuses.push((await list(token, first)).status);
      assert.deepEqual(statuses, [200, 200, 200, 429]);
    });
  });
});
