import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { CredentialUsage } from '#libs/credentials';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { assertError, createOAuthClient, fixture } from './support.js';

let server: TestServer;
let organization: TestOrganization;
const clients: TestClient[] = [];
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  for (const name of ['One', 'Two', 'Three']) {
    clients.push(await createOAuthClient(server, organization.token, { name }));
  }
  const [one, two] = clients as [TestClient, TestClient];
  await setLastUse(one, '2023-02-05T10:59:27.214Z');
  await setLastUse(two, '2024-02-05T10:59:27.214Z');
});
after(() => server.close());

function list(query = '') {
  return server.request('GET', `/oauth-clients${query}`, { token: organization.token });
}

/** The names of the answered clients; the administrator, made on the native API, goes by its id. */
async function namesOf(query: string): Promise<string[]> {
  const answer = await list(query);
  assert.equal(answer.status, 200, answer.text);
  return answer.body
    .map(({ name }: { name: string }) => name)
    .filter((name: string) => name !== organization.admin.clientId);
}

async function setLastUse(client: TestClient, at: string): Promise<void> {
  await server.database.query(
    'update credential set last_used_at = $2 where client_row_id = (select id from client where client_id = $1)',
    [client.clientId, at],
  );
}

describe('GET /oauth-clients', () => {
  it('answers an array of what a single read answers, the oldest first', async () => {
    // Of what is written meanwhile, one reading would know and the other not.
    await server.app.get(CredentialUsage, { strict: false }).flush();
    const { body } = await list();
    assert.deepEqual(
      body.map(({ id }: { id: string }) => id),
      [organization.admin.clientId, ...clients.map(({ clientId }) => clientId)],
    );
    for (const client of body) {
      const { token } = organization;
      const read = await server.request('GET', `/oauth-clients/${encodeURIComponent(client.id)}`, { token });
      assert.deepEqual(read.body, client);
      assert.deepEqual(Object.keys(client), [
        ...Object.keys(fixture('created-client')),
        'lastUsed',
        'metadata',
      ]);
      assert.equal(client.metadata, null);
    }
  });

  it('answers only the clients of the caller’s organization', async () => {
    const stranger = await createOrganization(server);
    const { body } = await server.request('GET', '/oauth-clients', { token: stranger.token });
    assert.deepEqual(
      body.map(({ id }: { id: string }) => id),
      [stranger.admin.clientId],
    );
  });

  describe('filters', () => {
    it('finds what was not used since a time, and what was never used', async () => {
      const le = (moment: string) => namesOf(`?filters=${encodeURIComponent(`lastUsed le ${moment}`)}`);
      assert.deepEqual(await le('2023-02-05T10:59:27.214Z'), ['One']);
      assert.deepEqual(await le('2023-02-05T10:59:27.213Z'), []);
      assert.deepEqual(await le('2023-02-05T12:59:27.214+02:00'), ['One']);
      assert.deepEqual(await le('2024-12-31T00:00:00Z'), ['One', 'Two']);
      assert.deepEqual(await namesOf('?filters=lastUsed+isnull'), ['Three']);
    });

    it('refuses any other', async () => {
      const others = [
        '',
        'lastUsed',
        'lastUsed le',
        'lastUsed le yesterday',
        'lastUsed le 2023-02-05',
        'lastUsed le 2023-02-30T00:00:00Z',
        'lastUsed ge 2023-02-05T10:59:27.214Z',
        'lastUsed isnull and name eq "x"',
        'name eq "One"',
        'LASTUSED isnull',
        "lastUsed le 2023-02-05T10:59:27Z' or 1=1 --",
      ];
      for (const filters of others) {
        const answer = await list(`?filters=${encodeURIComponent(filters)}`);
        assertError(answer, 400, '400.1 Bad Request Content', /^filters: must be lastUsed isnull/);
      }
      assertError(await list('?filters=a&filters=b'), 400, '400.1 Bad Request Content', /^filters/);
    });
  });

  describe('paging', () => {
    it('cuts by limit and offset, and counts where it is asked to', async () => {
      const part = await list('?limit=2&offset=1&count=true');
      assert.deepEqual(
        part.body.map(({ name }: { name: string }) => name),
        ['One', 'Two'],
      );
      assert.equal(part.headers.get('x-total-count'), '4');
      assert.equal((await list('?limit=2')).headers.get('x-total-count'), null);
      assert.equal((await list('?count=false')).headers.get('x-total-count'), null);
      assert.deepEqual((await list('?offset=100')).body, []);
    });

    it('answers nothing but the count for a limit of 0', async () => {
      const answer = await list('?limit=0&count=true');
      assert.deepEqual(answer.body, []);
      assert.equal(answer.headers.get('x-total-count'), '4');
    });

    it('counts what the filter leaves', async () => {
      const filters = encodeURIComponent('lastUsed le 2024-12-31T00:00:00Z');
      const answer = await list(`?count=true&limit=1&filters=${filters}`);
      assert.equal(answer.headers.get('x-total-count'), '2');
      assert.equal(answer.body.length, 1);
    });

    it('refuses what is out of bounds', async () => {
      for (const query of ['limit=251', 'limit=-1', 'limit=x', 'offset=-1', 'offset=1.5', 'count=yes']) {
        const name = query.split('=')[0] as string;
        assertError(
          await list(`?${query}`),
          400,
          '400.1 Bad Request Content',
          new RegExp(`^${name}: must be`),
        );
      }
    });
  });

  it('knows that a client was used within two seconds of its token', async () => {
    const client = await createOAuthClient(server, organization.token);
    const read = () =>
      server.request('GET', `/oauth-clients/${client.clientId}`, { token: organization.token });
    assert.equal((await read()).body.lastUsed, null);
    const before = Date.now();
    await server.token(client);
    let { lastUsed } = (await read()).body;
    for (let waits = 0; lastUsed === null && waits < 40; waits++) {
      await wait(50);
      ({ lastUsed } = (await read()).body);
    }
    assert.ok(Math.abs(Date.parse(lastUsed) - before) < 2_000, lastUsed);
  });
});
