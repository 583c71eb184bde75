import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, clientBody, createSetup, momentIn } from './support.js';

let server: TestServer;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
});
after(() => server.close());

describe('writers of one setup at the same time', () => {
  it('neither wait for each other for ever nor lose anything', async () => {
    const setup = await createSetup(server, organization);
    const clients = await Promise.all(
      Array.from({ length: 6 }, () => setup.createClient({ grant_types: undefined })),
    );
    const answers = await Promise.all([
      ...clients.flatMap(({ id }, index) => [
        setup.send('PUT', `/clients/${id}`, { json: clientBody({ name: `now ${index}` }) }),
        setup.send('PUT', `/clients/${id}`, { json: clientBody({ valid_from: momentIn(60) }) }),
      ]),
      ...[100, 200].map((access_token_ttl) =>
        setup.send('PUT', '', { json: { name: 'Other', client_defaults: { access_token_ttl } } }),
      ),
      setup.send('POST', '/resource-servers', { json: { name: 'R', scopes: ['a'] } }),
      setup.send('POST', '/clients', { json: clientBody() }),
    ]);
    for (const { status, text } of answers) assert.ok(status === 200 || status === 201, text);
    for (const [index, { id }] of clients.entries()) {
      assert.equal((await setup.send('GET', `/clients/${id}`)).body.name, `now ${index}`);
      assert.equal((await setup.send('GET', `/clients/${id}/snapshots`)).body.snapshotIds.length, 3);
    }
  });

  it('of one client_id: one of them gets it', async () => {
    const setup = await createSetup(server, organization);
    const json = clientBody({ client_id: 'wanted', client_secret: 'a secret of my own' });
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => setup.send('POST', '/clients', { json })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 400, 400, 400]);
  });
});

describe('a planned state that is due for many requests at once', () => {
  it('takes effect once, and for all of them', async () => {
    const other = await startServer({ sharing: server });
    try {
      const setup = await createSetup(server, organization);
      const client = await setup.createClient({ access_token_ttl: 100 });
      const json = clientBody({ access_token_ttl: 50, valid_from: momentIn(0.4) });
      assert.equal((await setup.send('PUT', `/clients/${client.id}`, { json })).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 450));
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) => askToken(index % 2 ? server : other, client)),
      );
      assert.deepEqual([...new Set(answers.map(({ body }) => body.expires_in))], [50]);
      const events = await server.database.query(
        `select 1 from audit_event where target_id = $1 and action = 'client.replaced'`,
        [client.clientId],
      );
      assert.equal(events.length, 1);
    } finally {
      await other.close();
    }
  });
});
