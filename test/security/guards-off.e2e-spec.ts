import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RefusedAttempts } from '#libs/audit';
import { CredentialUsage } from '#libs/credentials';
import { type ApiDescription, describeApi, type Operation } from '../robustness/support/operations.js';
import { startServer, type TestServer } from '../support/server.js';
import { switchGuardsOff } from './support/open-guards.js';
import { askAbout, createMarked, type MarkedOrganization } from './support/two-organizations.js';

/*
 * What is left when every guard has failed: the database, which works for the caller's organization whatever the path
 * names. Every operation of the OpenAPI document that takes a token is asked about things of another organization.
 */
describe('with all guards switched off', () => {
  let server: TestServer;
  let api: ApiDescription;
  let operations: readonly Operation[];
  let organizations: [MarkedOrganization, MarkedOrganization];
  before(async () => {
    server = await startServer();
    api = await describeApi(server);
    operations = api.operations.filter((operation) => 'x-required-permission' in operation);
    organizations = [await createMarked(server, api), await createMarked(server, api)];
    switchGuardsOff(server);
  });
  after(() => server.close());

  it('an administrator reads and changes no row of another organization, on any route', async () => {
    assert.ok(operations.length >= 50, `only ${operations.length} operations were found`);
    const [first, second] = organizations;
    for (const [caller, victim] of [
      [first, second],
      [second, first],
    ] as const) {
      const before = await rowsOf(server, victim);
      for (const operation of operations) {
        const answer = await askAbout(server, operation, victim, caller.token);
        assert.ok(
          !mentions(answer.text, victim, operation),
          `${operation.name} ${answer.status}: ${answer.text}`,
        );
        if (operation.method === 'GET') continue;
        const changed = changedTables(before, await rowsOf(server, victim));
        assert.deepEqual(changed, [], `${operation.name} ${answer.status} ${answer.text}`);
      }
    }
  });

  it('its own administrator reads and changes it by the same requests: the walk is worth something', async () => {
    const [, victim] = organizations;
    const before = await rowsOf(server, victim);
    const told: string[] = [];
    const done: string[] = [];
    // Deletions last, of what is deepest first: what they delete the others could not find.
    for (const operation of operations.toSorted((a, b) => rank(a) - rank(b))) {
      const answer = await askAbout(server, operation, victim, victim.token);
      if (mentions(answer.text, victim, operation)) told.push(operation.name);
      if (operation.method !== 'GET' && answer.status < 300) done.push(operation.name);
    }
    assert.ok(told.length >= 15, `only ${told.length} told something of the organization: ${told.join()}`);
    assert.ok(done.length >= 40, `only ${done.length} changes were made: ${done.join()}`);
    const changed = changedTables(before, await rowsOf(server, victim));
    assert.ok(changed.length >= 8, `only ${changed.join()} changed`);
  });
});

function rank({ method, path }: Operation): number {
  if (method !== 'DELETE') return 0;
  return path.endsWith('{customerId}') ? 1_000 : 1_000 - path.length;
}

/** Whether an answer tells what only the organization's rows hold: the path that was asked may be said back. */
function mentions(text: string, { mark, knowledge }: MarkedOrganization, { path }: Operation): boolean {
  const asked = decodeURIComponent(knowledge.fillPath(path));
  return asked
    .split('/')
    .reduce((rest, part) => (part.length > 8 ? rest.replaceAll(part, '') : rest), text)
    .toLowerCase()
    .includes(mark);
}

function changedTables(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(after).filter((table) => after[table] !== before[table]);
}

/** Every row of the organization, by table. */
async function rowsOf(
  server: TestServer,
  { customerId }: MarkedOrganization,
): Promise<Record<string, string>> {
  await server.app.get(CredentialUsage, { strict: false }).flush();
  await server.app.get(RefusedAttempts, { strict: false }).flush();
  const tables = await server.database.query<{ name: string; column: string }>(
    `select table_name as name, column_name as column from information_schema.columns
     where table_schema = 'public' and (column_name = 'organization_id' or (table_name, column_name) = ('organization', 'id'))
     order by 1`,
  );
  const statement = tables
    .map(
      ({ name, column }) =>
        `select '${name}' as name, coalesce(string_agg(to_jsonb(t)::text, e'\n' order by to_jsonb(t)::text), '') as rows
         from ${name} t where ${column} = (select id from organization where customer_id = $1)`,
    )
    .join(' union all ');
  const rows = await server.database.query<{ name: string; rows: string }>(statement, [customerId]);
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]));
}
