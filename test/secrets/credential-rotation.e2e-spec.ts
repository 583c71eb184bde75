import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { ClientCredentials, reach } from './support/credentials-api.js';

const cap = 5;
const longestOverlapSeconds = 2_592_000;

describe('the rotation of a credential', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer({ settings: { maxCredentialsPerClient: cap } });
    organization = await createOrganization(server);
  });
  after(() => server.close());

  const newClient = () => ClientCredentials.ofNewClient(server, organization);
  const statuses = (answers: readonly Answer[], status: number) =>
    answers.filter((answer) => answer.status === status);

  it('lets both secrets in until the very moment that it told, then the new one alone (S-15)', async () => {
    const own = await startServer();
    try {
      const credentials = await ClientCredentials.ofNewClient(own, await createOrganization(own));
      const oldId = await credentials.firstId();
      const { status, body } = await credentials.rotate(oldId, { overlapSeconds: 60 });
      assert.equal(status, 201);
      assert.equal(body.replaces, oldId);
      const { retiresAt } = (await credentials.get(oldId)).body;
      assert.ok(Math.abs(Date.parse(retiresAt) - Date.now() - 60_000) < 5_000);
      reach(own, Date.parse(retiresAt) - 900);
      assert.equal((await credentials.get(oldId)).body.status, 'retiring');
      assert.equal(await credentials.statusOf(), 200);
      assert.equal(await credentials.statusOf(body.clientSecret), 200);
      reach(own, retiresAt);
      assert.equal(await credentials.statusOf(), 401);
      assert.equal((await credentials.get(oldId)).body.status, 'retired');
      assert.equal(await credentials.statusOf(body.clientSecret), 200);
    } finally {
      await own.close();
    }
  });

  it('ends the old secret at once when there is no overlap (S-15)', async () => {
    const credentials = await newClient();
    const { body } = await credentials.rotate(await credentials.firstId(), { overlapSeconds: 0 });
    assert.equal(await credentials.statusOf(), 401);
    assert.equal(await credentials.statusOf(body.clientSecret), 200);
  });

  for (const overlapSeconds of [-1, 0.5, longestOverlapSeconds + 1, '60', null]) {
    it(`has no overlap of ${JSON.stringify(overlapSeconds)} seconds (S-15)`, async () => {
      const credentials = await newClient();
      const id = await credentials.firstId();
      assert.equal((await credentials.rotate(id, { overlapSeconds })).status, 400);
      assert.equal((await credentials.get(id)).body.status, 'active');
      assert.equal(await credentials.liveCount(), 1);
    });
  }

  it('may have the longest overlap (S-15)', async () => {
    const credentials = await newClient();
    const answer = await credentials.rotate(await credentials.firstId(), {
      overlapSeconds: longestOverlapSeconds,
    });
    assert.equal(answer.status, 201);
  });

  it('done 20 times at once to one credential succeeds once (S-16)', async () => {
    const credentials = await newClient();
    const id = await credentials.firstId();
    const answers = await Promise.all(Array.from({ length: 20 }, () => credentials.rotate(id)));
    assert.equal(statuses(answers, 201).length, 1);
    assert.equal(statuses(answers, 409).length, 19);
    assert.equal(await credentials.liveCount(), 2);
    assert.equal(await credentials.statusOf(statuses(answers, 201)[0]?.body.clientSecret), 200);
    assert.equal(await credentials.statusOf(), 200);
  });

  it('done 20 times at once to several never exceeds the cap, and every secret told works (S-16)', async () => {
    const credentials = await newClient();
    const second = await credentials.issue();
    const ids = [await credentials.firstId(), second.body.credentialId];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 3 === 2 ? credentials.issue() : credentials.rotate(ids[index % 2] as string),
      ),
    );
    const made = statuses(answers, 201);
    assert.equal(made.length + statuses(answers, 409).length, 20);
    assert.ok(made.length >= 1);
    assert.equal(await credentials.liveCount(), 2 + made.length);
    assert.ok((await credentials.liveCount()) <= cap);
    for (const { body } of made) assert.equal(await credentials.statusOf(body.clientSecret), 200);
  });

  it('needs a place below the cap while both live, and none without an overlap (S-17)', async () => {
    const credentials = await newClient();
    for (let i = 1; i < cap; i++) assert.equal((await credentials.issue()).status, 201);
    const id = await credentials.firstId();
    assert.equal((await credentials.rotate(id)).status, 409);
    assert.equal((await credentials.get(id)).body.status, 'active');
    assert.equal((await credentials.rotate(id, { overlapSeconds: 0 })).status, 201);
    assert.equal(await credentials.liveCount(), cap);
  });
});

describe('the number of live credentials of a client', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer({ settings: { maxCredentialsPerClient: cap } });
    organization = await createOrganization(server);
  });
  after(() => server.close());

  it('has a cap: one more is 409, also when all come at once (S-17)', async () => {
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const answers = await Promise.all(Array.from({ length: 20 }, () => credentials.issue()));
    assert.equal(answers.filter(({ status }) => status === 201).length, cap - 1);
    assert.equal(answers.filter(({ status }) => status === 409).length, 21 - cap);
    assert.equal(await credentials.liveCount(), cap);
  });

  it('counts neither revoked nor expired ones (S-17)', async () => {
    const own = await startServer({ settings: { maxCredentialsPerClient: 2 } });
    try {
      const credentials = await ClientCredentials.ofNewClient(own, await createOrganization(own));
      const expiresAt = new Date(Date.now() + 60_000).toISOString();
      assert.equal((await credentials.issue({ expiresAt })).status, 201);
      assert.equal((await credentials.issue()).status, 409);
      reach(own, expiresAt);
      const { status, body } = await credentials.issue();
      assert.equal(status, 201);
      assert.equal((await credentials.issue()).status, 409);
      await credentials.revoke(body.credentialId);
      assert.equal((await credentials.issue()).status, 201);
    } finally {
      await own.close();
    }
  });

  it('may be another one for an organization (S-17)', async () => {
    const own = await createOrganization(server, { settings: { maxCredentialsPerClient: 2 } });
    const credentials = await ClientCredentials.ofNewClient(server, own);
    assert.equal((await credentials.issue()).status, 201);
    assert.equal((await credentials.issue()).status, 409);
  });
});

describe('the end of a credential', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
  });
  after(() => server.close());

  it('comes at the very moment of its expiry, and nothing revives it (S-15, S-20)', async () => {
    const own = await startServer();
    try {
      const credentials = await ClientCredentials.ofNewClient(own, await createOrganization(own));
      const expiresAt = new Date(Date.now() + 600_000).toISOString();
      const { body } = await credentials.issue({ expiresAt });
      reach(own, Date.parse(expiresAt) - 900);
      assert.equal(await credentials.statusOf(body.clientSecret), 200);
      reach(own, expiresAt);
      assert.equal(await credentials.statusOf(body.clientSecret), 401);
      for (const change of [{ expiresAt: null }, { expiresAt: '2099-01-01T00:00:00Z' }, { name: 'back' }])
        assert.equal((await credentials.patch(body.credentialId, change)).status, 409);
      assert.equal((await credentials.rotate(body.credentialId)).status, 409);
      assert.equal(await credentials.statusOf(body.clientSecret), 401);
    } finally {
      await own.close();
    }
  });

  it('cannot be undone once it is revoked (S-20)', async () => {
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const { body } = await credentials.issue();
    assert.equal((await credentials.revoke(body.credentialId)).body.status, 'revoked');
    assert.equal((await credentials.revoke(body.credentialId)).status, 200, 'again does nothing');
    assert.equal((await credentials.patch(body.credentialId, { expiresAt: null })).status, 409);
    assert.equal((await credentials.rotate(body.credentialId)).status, 409);
    assert.equal(await credentials.statusOf(body.clientSecret), 401);
  });

  it('is known from its last use, which is written within seconds (S-19)', async () => {
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const unused = await credentials.issue();
    const startedAt = Date.now();
    for (let i = 0; i < 20; i++) assert.equal(await credentials.statusOf(), 200);
    await eventually(4_000, async () => {
      const { lastUsedAt } = (await credentials.get(await credentials.firstId())).body;
      assert.ok(lastUsedAt && Date.parse(lastUsedAt) >= startedAt - 1_000, String(lastUsedAt));
    });
    assert.equal((await credentials.get(unused.body.credentialId)).body.lastUsedAt, null);
  });

  it('is in force within a second on both of two instances under load (S-18)', async () => {
    const other = await startServer({ sharing: server });
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const { body } = await credentials.issue();
    const results: { at: number; status: number }[] = [];
    let isOver = false;
    const hammer = async (at: TestServer) => {
      while (!isOver) {
        const status = await credentials.statusOf(body.clientSecret, at);
        results.push({ at: performance.now(), status });
        // Twenty failures a minute would lock the client out at this source.
        if (status !== 200) await wait(500);
      }
    };
    const hammering = [server, server, other, other].map(hammer);
    try {
      await eventually(5_000, async () => assert.ok(results.length > 100));
      assert.equal((await credentials.revoke(body.credentialId)).status, 200);
      const revokedAt = performance.now();
      await wait(1_500);
      isOver = true;
      await Promise.all(hammering);
      assert.ok(results.every(({ status }) => [200, 401].includes(status)));
      const late = results.filter(({ at, status }) => status === 200 && at > revokedAt + 1_000);
      assert.equal(late.length, 0);
      assert.ok(results.some(({ at, status }) => at < revokedAt && status === 200));
      assert.ok(results.some(({ status }) => status === 401));
      assert.equal(await credentials.statusOf(undefined, other), 200, 'the other secret goes on');
    } finally {
      isOver = true;
      await Promise.all(hammering);
      await other.close();
    }
  });
});
