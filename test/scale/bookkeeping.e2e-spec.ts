import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { CredentialUsage } from '#libs/credentials';
import { startServer, type TestServer } from '../support/server.js';
import { fill } from './support/large-database.js';

const organizations = 50;
const clients = 5_000;

describe('the uses of 5,000 credentials in a second', () => {
  let server: TestServer;
  let other: TestServer;
  let ids: readonly string[];
  before(async () => {
    server = await startServer();
    other = await startServer({ sharing: server });
    await fill(server.database, { organizations, clientsPerOrganization: clients / organizations });
    ids = (
      await server.database.query<{ id: string }>(
        `select k.id from credential k join client c on c.id = k.client_row_id where c.client_id like 'populated-%'`,
      )
    ).map(({ id }) => id);
  });
  after(async () => {
    await other.close();
    await server.close();
  });

  const usageOf = ({ app }: TestServer) => app.get(CredentialUsage, { strict: false });
  const useAll = (of: TestServer, credentialIds: readonly string[]) => {
    for (const id of credentialIds)
      usageOf(of).record(
        { id, keepsSources: true, retireAfterQuietSeconds: null },
        new Date(),
        '192.0.2.9',
        'curl/8.5.0',
      );
  };
  const counted = (table: string) =>
    server.database.query<{ count: number; rows: number }>(
      `select sum(count)::integer as count, count(*)::integer as rows from ${table}`,
    );

  beforeEach(() => server.database.query('truncate credential_use, credential_source'));

  it('are written by two instances at once in any order, each once', async () => {
    assert.equal(ids.length, clients);
    useAll(server, ids);
    useAll(other, [...ids].reverse());
    await Promise.all([usageOf(server).flush(), usageOf(other).flush()]);
    for (const table of ['credential_use', 'credential_source'])
      assert.deepEqual(await counted(table), [{ count: 2 * clients, rows: clients }], table);
  });

  it('are kept where a statement fails in the midst, and written later, each once', async () => {
    await server.database.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
      create trigger refuse before insert on credential_use for each row
      when (new.credential_id = '${ids[clients / 2]}') execute function refuse()`);
    useAll(server, ids);
    await usageOf(server).flush();
    const [written] = await counted('credential_use');
    assert.ok(written && written.rows > 0 && written.rows < clients, `${written?.rows} were written`);
    await server.database.query('drop function refuse cascade');
    useAll(server, ids);
    await usageOf(server).flush();
    for (const table of ['credential_use', 'credential_source'])
      assert.deepEqual(await counted(table), [{ count: 2 * clients, rows: clients }], table);
  });
});
