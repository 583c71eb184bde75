import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

describe('POST /oauth/token with quotas', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const ask = (client: TestClient, on = server) =>
    on.request('POST', '/oauth/token', {
      basic: [client.clientId, client.secret],
      form: { grant_type: 'client_credentials' },
    });
  const statuses = async (client: TestClient, times: number, on = server) => {
    const answers = [];
    for (let i = 0; i < times; i++) answers.push((await ask(client, on)).status);
    return answers;
  };
  const clientOf = (organization: TestOrganization, overrides = {}) =>
    createClient(server, organization.customerId, organization.token, overrides);
  const metric = async (line: string) => {
    const { text } = await server.request('GET', '/metrics');
    return Number(
      text
        .split('\n')
        .find((one) => one.startsWith(line))
        ?.split(' ')[1] ?? 0,
    );
  };

  describe('of a client', () => {
    it('says in headers what is left, and refuses what goes beyond with 429 and Retry-After', async () => {
      const organization = await createOrganization(server);
      const client = await clientOf(organization, { tokenQuota: { tokens: 3, seconds: 3600 } });
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push(await ask(client));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200, 429],
      );
      assert.equal(answers[0]?.headers.get('ratelimit-policy'), '"client";q=3;w=3600');
      assert.match(answers[0]?.headers.get('ratelimit') ?? '', /^"client";r=2;t=\d+$/);
      assert.match(answers[3]?.headers.get('ratelimit') ?? '', /^"client";r=0;t=\d+$/);
      assert.ok(Number(answers[3]?.headers.get('retry-after')) >= 1);
      assert.match(answers[3]?.body.error_description, /quota of 3 tokens in 3600 seconds/);
    });

    it('lets it go on when the time of Retry-After is over, and not before', async () => {
      const organization = await createOrganization(server);
      const client = await clientOf(organization, { tokenQuota: { tokens: 4, seconds: 40 } });
      assert.deepEqual(await statuses(client, 5), [200, 200, 200, 200, 429]);
      const retryAfter = Number((await ask(client)).headers.get('retry-after'));
      assert.ok(retryAfter > 1 && retryAfter <= 80, `Retry-After is ${retryAfter}`);
      server.advanceClock(retryAfter - 2);
      assert.equal((await ask(client)).status, 429);
      server.advanceClock(2);
      assert.equal((await ask(client)).status, 200);
    });

    it('changes at once with the client, which answers it', async () => {
      const organization = await createOrganization(server);
      const path = `/oauth/customers/${organization.customerId}/clients`;
      const client = await clientOf(organization, { tokenQuota: { tokens: 1, seconds: 3600 } });
      assert.deepEqual(await statuses(client, 2), [200, 429]);
      const { body } = await server.request('GET', `${path}/${client.clientId}`, {
        token: organization.token,
      });
      assert.deepEqual(body.tokenQuota, { tokens: 1, seconds: 3600 });
      const replaced = await server.request('PUT', `${path}/${client.clientId}`, {
        token: organization.token,
        json: { ...body, tokenQuota: null },
      });
      assert.equal(replaced.status, 200, replaced.text);
      assert.equal(replaced.body.tokenQuota, undefined);
      assert.equal((await ask(client)).status, 200);
    });

    it('is that of its customer when it has none of its own, for each client by itself', async () => {
      const settings = { clientTokenQuota: { tokens: 2, seconds: 3600 } };
      const organization = await createOrganization(server, { settings });
      const [one, two] = [await clientOf(organization), await clientOf(organization)];
      assert.deepEqual(await statuses(one, 3), [200, 200, 429]);
      assert.deepEqual(await statuses(two, 3), [200, 200, 429]);
    });

    it('refuses a quota that is none', async () => {
      const organization = await createOrganization(server);
      for (const [tokenQuota, where] of [
        [{ tokens: 0, seconds: 60 }, 'tokens'],
        [{ tokens: 5, seconds: 86_401 }, 'seconds'],
        [{ tokens: 5, seconds: 60, mode: 'soft' }, 'mode'],
      ] as const) {
        const answer = await server.request('POST', `/oauth/customers/${organization.customerId}/clients`, {
          token: organization.token,
          json: [
            {
              clientId: uniqueName('client'),
              authorizedGrantTypes: ['client_credentials'],
              clientAuthenticationMethods: ['client_secret_basic'],
              tokenQuota,
            },
          ],
        });
        assert.equal(answer.status, 400, answer.text);
        assert.ok(answer.text.includes(`tokenQuota.${where}`), answer.text);
      }
    });
  });

  describe('of a customer', () => {
    it('bounds its clients together and leaves those of others alone', async () => {
      const noisy = await createOrganization(server, {
        settings: { tokenQuota: { tokens: 4, seconds: 3600 } },
      });
      const quiet = await createOrganization(server);
      // The administrator has fetched one of the four.
      const [one, two] = [await clientOf(noisy), await clientOf(noisy)];
      assert.deepEqual(await statuses(one, 2), [200, 200]);
      assert.deepEqual(await statuses(two, 2), [200, 429]);
      const refused = await ask(one);
      assert.match(refused.headers.get('ratelimit') ?? '', /^"customer";r=0;t=\d+$/);
      assert.equal((await ask(await clientOf(quiet))).status, 200);
    });

    it('counts a refused token against nothing', async () => {
      const settings = { tokenQuota: { tokens: 3, seconds: 3600 } };
      const organization = await createOrganization(server, { settings });
      const bounded = await clientOf(organization, { tokenQuota: { tokens: 1, seconds: 3600 } });
      assert.deepEqual(await statuses(bounded, 4), [200, 429, 429, 429]);
      assert.deepEqual(await statuses(await clientOf(organization), 2), [200, 429]);
    });

    it('cannot be changed by its own administrators, who keep it when they leave it out', async () => {
      const quota = { tokens: 50, seconds: 3600, mode: 'enforce' };
      const organization = await createOrganization(server, { settings: { tokenQuota: quota } });
      const path = `/oauth/customers/${organization.customerId}`;
      const replace = (settings: object) =>
        server.request('PUT', path, { token: organization.token, json: { name: 'New', settings } });
      const risen = await replace({ tokenQuota: { ...quota, tokens: 51 } });
      assert.equal(risen.status, 403, risen.text);
      const kept = await replace({ accessTokenTtlSeconds: 60 });
      assert.equal(kept.status, 200, kept.text);
      assert.deepEqual(kept.body.settings, { accessTokenTtlSeconds: 60, tokenQuota: quota });
      const { mode: _usual, ...inShort } = quota;
      assert.equal((await replace({ tokenQuota: inShort })).status, 200);
    });

    it('in shadow mode refuses nothing, and counts what it would have refused', async () => {
      const before = await metric('token_quota_exceeded_total{level="customer",mode="shadow"}');
      const settings = { tokenQuota: { tokens: 2, seconds: 3600, mode: 'shadow' } };
      const organization = await createOrganization(server, { settings });
      assert.deepEqual(await statuses(await clientOf(organization), 4), [200, 200, 200, 200]);
      assert.equal(await metric('token_quota_exceeded_total{level="customer",mode="shadow"}'), before + 3);
    });
  });

  describe('of the server', () => {
    it('bounds all customers together, on all instances after a second', async () => {
      const settings = { tokenQuota: { tokens: 10, seconds: 3600, mode: 'enforce' as const } };
      const client = await clientOf(await createOrganization(server));
      const first = await startServer({ sharing: server, settings });
      const second = await startServer({ sharing: server, settings });
      try {
        assert.deepEqual(new Set(await statuses(client, 6, first)), new Set([200]));
        assert.equal((await ask(client, second)).status, 200);
        await new Promise((resolve) => setTimeout(resolve, 2_200));
        const answers = await statuses(client, 5, second);
        assert.deepEqual(answers, [200, 200, 200, 429, 429]);
      } finally {
        await second.close();
        await first.close();
      }
    });
  });

  describe('for a client that fetches a token while its last one has most of its life left', () => {
    it('says so in a header, and counts it', async () => {
      const before = await metric('token_early_requests_total');
      const client = await clientOf(await createOrganization(server), { accessTokenValidity: 1000 });
      assert.equal((await ask(client)).headers.get('clientele-last-token-expires-in'), null);
      server.advanceClock(100);
      assert.equal((await ask(client)).headers.get('clientele-last-token-expires-in'), '900');
      server.advanceClock(600);
      assert.equal((await ask(client)).headers.get('clientele-last-token-expires-in'), null);
      assert.equal((await metric('token_early_requests_total')) - before, 1);
    });
  });
});
