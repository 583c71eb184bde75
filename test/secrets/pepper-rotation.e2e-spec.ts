import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Settings } from '#libs/common';
import { ClientRegistry } from '#libs/credentials';
import { proxyDatabaseOf } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { startServerProcess } from '../support/server-process.js';
import { testSettings } from '../support/settings.js';

const [oldPepper] = testSettings().secretPeppers as [Buffer];
const newPepper = Buffer.alloc(32, 'another pepper');

describe('a new pepper before the old one', () => {
  let old: TestServer;
  let organization: TestOrganization;
  before(async () => {
    old = await startServer({ settings: { secretPeppers: [oldPepper, newPepper] } });
    organization = await createOrganization(old);
  });
  after(() => old.close());

  const newClient = (clientSecret?: string) =>
    createClient(old, organization.customerId, organization.token, {
      ...(clientSecret !== undefined && { clientSecret }),
    });
  const statusOf = async (server: TestServer, { clientId, secret }: TestClient) =>
    (
      await server.request('POST', '/oauth/token', {
        basic: [clientId, secret],
        form: { grant_type: 'client_credentials' },
      })
    ).status;
  const storedOf = async ({ clientId }: TestClient) => {
    const [row] = await old.database.query<{ id: string; hash: string }>(
      `select id, hash from credential where client_row_id = (select id from client where client_id = $1)`,
      [clientId],
    );
    assert.ok(row);
    const [scheme, pepper, ...value] = row.hash.split('$');
    return { id: row.id, hash: row.hash, scheme, pepper, cost: value[2] };
  };
  const renewalsOf = async (client: TestClient) => {
    const { id } = await storedOf(client);
    const rows = await old.database.query(
      `select 1 from audit_event where action = 'credential.rehashed' and target_id = $1`,
      [id],
    );
    return rows.length;
  };
  const withServer = async (settings: Partial<Settings>, work: (server: TestServer) => Promise<void>) => {
    const server = await startServer({ sharing: old, settings });
    try {
      await work(server);
    } finally {
      await server.close();
    }
  };

  for (const [kind, secret] of Object.entries({ generated: undefined, chosen: 'chosen by a person' })) {
    it(`renews a ${kind} secret at its next success, once, in its scheme (S-06, S-21)`, async () => {
      const client = await newClient(secret);
      const before = await storedOf(client);
      await withServer({ secretPeppers: [newPepper, oldPepper] }, async (server) => {
        assert.equal(await statusOf(server, { ...client, secret: 'wrong-secret' }), 401);
        const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(server, client)));
        assert.deepEqual(new Set(statuses), new Set([200]));
        await eventually(3_000, async () => assert.notEqual((await storedOf(client)).pepper, before.pepper));
        const after = await storedOf(client);
        assert.equal(after.scheme, before.scheme);
        assert.equal(after.id, before.id);
        assert.equal(await renewalsOf(client), 1);
        for (let i = 0; i < 3; i++) assert.equal(await statusOf(server, client), 200);
        assert.deepEqual(await storedOf(client), after);
        const known = await server.app.get(ClientRegistry, { strict: false }).find(client.clientId);
        assert.equal(known?.credentials[0]?.hash, after.hash, 'nothing is left to renew');
        assert.equal(await renewalsOf(client), 1);
      });
    });
  }

  it('renews once although two instances see the secret at the same time (S-06, S-21)', async () => {
    const client = await newClient('chosen by a person');
    const before = await storedOf(client);
    const secretPeppers = [newPepper, oldPepper];
    await withServer({ secretPeppers }, (one) =>
      withServer({ secretPeppers }, async (other) => {
        const everywhere = [one, other, one, other];
        // Held back here, both find the old hash before either has stored the new one.
        await old.database.query('begin');
        await old.database.query('select 1 from credential where id = $1 for update', [before.id]);
        await Promise.all(everywhere.map((server) => statusOf(server, client)));
        await wait(300);
        await old.database.query('commit');
        await eventually(3_000, async () => assert.notEqual((await storedOf(client)).hash, before.hash));
        await wait(300);
        assert.equal(await renewalsOf(client), 1);
        for (const server of everywhere) assert.equal(await statusOf(server, client), 200);
      }),
    );
  });

  it('keeps every instance going meanwhile, whichever pepper it puts first (S-21)', async () => {
    const client = await newClient();
    await withServer({ secretPeppers: [newPepper, oldPepper] }, async (server) => {
      const before = await storedOf(client);
      for (let i = 0; i < 20; i++) {
        assert.equal(await statusOf(server, client), 200);
        assert.equal(await statusOf(old, client), 200);
      }
      // The two take turns at storing it; asked alone, the one with the new pepper has the last word.
      await eventually(3_000, async () => {
        assert.equal(await statusOf(server, client), 200);
        assert.notDeepEqual(await storedOf(client), before);
      });
    });
  });

  it('ends exactly those secrets that were not used, once the old one is gone (S-21)', async () => {
    const [used, unused] = [await newClient(), await newClient()];
    const before = await storedOf(used);
    await withServer({ secretPeppers: [newPepper, oldPepper] }, async (server) => {
      assert.equal(await statusOf(server, used), 200);
      await eventually(3_000, async () => assert.notEqual((await storedOf(used)).hash, before.hash));
    });
    await withServer({ secretPeppers: [newPepper] }, async (server) => {
      assert.equal(await statusOf(server, used), 200);
      assert.equal(await statusOf(server, unused), 401);
    });
  });

  it('leaves tokens alive that were bought before the renewal (S-21)', async () => {
    const client = await newClient();
    const before = await storedOf(client);
    await withServer({ secretPeppers: [newPepper, oldPepper] }, async (server) => {
      const token = await server.token(client);
      await eventually(3_000, async () => assert.notEqual((await storedOf(client)).hash, before.hash));
      const { body } = await server.request('POST', '/oauth/introspect', {
        basic: [client.clientId, client.secret],
        form: { token },
      });
      assert.equal(body.active, true);
    });
  });

  it('lets clients in while the database is away, and renews when it is back (S-21)', async () => {
    const client = await newClient();
    const before = await storedOf(client);
    const proxy = await proxyDatabaseOf(old);
    const settings = { secretPeppers: [newPepper, oldPepper] };
    const server = await startServer({ sharing: proxy.behind, settings });
    try {
      await old.database.query('begin; lock table audit_chain in exclusive mode');
      assert.equal(await statusOf(server, client), 200);
      proxy.cut();
      await old.database.query('rollback');
      assert.equal(await statusOf(server, client), 200);
      assert.equal((await storedOf(client)).hash, before.hash);
      proxy.restore();
      await eventually(5_000, async () => {
        assert.equal(await statusOf(server, client), 200);
        assert.notEqual((await storedOf(client)).hash, before.hash);
      });
    } finally {
      await server.close();
      await proxy.close();
    }
  });

  it('or a higher work factor: renews slow hashes of less work, never the other way round (S-06)', async () => {
    const client = await newClient('chosen by a person');
    assert.equal((await storedOf(client)).cost, '04');
    await withServer({ bcryptCost: 5, secretPeppers: [oldPepper] }, async (server) => {
      assert.equal(await statusOf(server, client), 200);
      await eventually(3_000, async () => assert.equal((await storedOf(client)).cost, '05'));
    });
    await withServer({ bcryptCost: 4, secretPeppers: [oldPepper] }, async (server) => {
      assert.equal(await statusOf(server, client), 200);
      assert.equal((await storedOf(client)).cost, '05', 'never less');
    });
  });
});

describe('a copy of the database with another pepper', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
  });
  after(() => server.close());

  it('authenticates nobody (S-02)', async () => {
    const { customerId, admin, token } = organization;
    const chosen = await createClient(server, customerId, token, { clientSecret: 'chosen by a person' });
    const copy = await startServer({ sharing: server, settings: { secretPeppers: [newPepper] } });
    try {
      for (const { clientId, secret } of [admin, chosen, server.operator]) {
        const { status } = await copy.request('POST', '/oauth/token', {
          basic: [clientId, secret],
          form: { grant_type: 'client_credentials' },
        });
        assert.equal(status, 401, clientId);
      }
    } finally {
      await copy.close();
    }
  });

  it('does not start, and says which variable is wrong in one line (S-02)', async () => {
    const before = await server.database.query('select id, hash from credential order by id');
    await assert.rejects(
      startServerProcess(server.database.url, { SECRET_PEPPER: newPepper.toString('base64') }),
      ({ message }: Error) => {
        assert.match(message, /SECRET_PEPPER is not the one/);
        assert.doesNotMatch(message, /\n\s+at |listening/);
        assert.ok(!message.includes(newPepper.toString('base64')));
        return true;
      },
    );
    assert.deepEqual(await server.database.query('select id, hash from credential order by id'), before);
  });
});
