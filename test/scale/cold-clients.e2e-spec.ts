import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { ClientRegistry } from '#libs/credentials';
import { PlatformDataSource } from '#libs/database';
import { populatedClient } from '../support/population.js';
import { startServer, type TestServer } from '../support/server.js';
import { fill } from './support/large-database.js';

const organizations = 4;
const clients = 80;

describe('clients that are not in memory and ask at the same moment', () => {
  let filled: TestServer;
  let server: TestServer;
  before(async () => {
    filled = await startServer();
    await fill(filled.database, { organizations, clientsPerOrganization: clients / organizations });
  });
  after(() => filled.close());
  // One that has none of them in memory.
  beforeEach(async () => {
    server = await startServer({ sharing: filled });
  });
  afterEach(() => server.close());

  const numbers = Array.from({ length: clients }, (_, index) => index + 1);
  const ask = (clientId: string, secret: string) =>
    server.request('POST', '/oauth/token', {
      basic: [clientId, secret],
      form: { grant_type: 'client_credentials' },
    });
  const askAs = (number: number) => {
    const { clientId, secret } = populatedClient(number);
    return ask(clientId, secret);
  };

  it('are read in one statement', async () => {
    const { driver } = server.app.get(PlatformDataSource, { strict: false });
    const pool = (driver as unknown as { master: EventEmitter }).master;
    const registry = server.app.get(ClientRegistry, { strict: false });
    let statements = 0;
    pool.on('acquire', () => statements++);
    const found = await Promise.all(numbers.map((number) => registry.find(populatedClient(number).clientId)));
    assert.equal(found.filter((client) => client !== null).length, clients);
    // The change feed may look meanwhile.
    assert.ok(statements < clients / 4, `${statements} statements`);
  });

  it('get each a token of their own and of their organization', async () => {
    const answers = await Promise.all(numbers.map(askAs));
    const told = answers.map(({ status, body }) => {
      assert.equal(status, 200);
      const { client_id, customer } = decodeJwt(body.access_token);
      return [client_id, customer];
    });
    const owners = await server.database.query<{ client_id: string; customer_id: string }>(
      'select c.client_id, o.customer_id from client c join organization o on o.id = c.organization_id',
    );
    const ownerOf = new Map(owners.map((row) => [row.client_id, row.customer_id]));
    assert.deepEqual(
      told,
      numbers.map((number) => {
        const { clientId } = populatedClient(number);
        return [clientId, ownerOf.get(clientId)];
      }),
    );
  });

  it('get the answers that they would get alone: an unknown one, one with another secret, one that is disabled', async () => {
    const [known, other, disabled] = [populatedClient(1), populatedClient(2), populatedClient(3)];
    await server.database.query('update client set enabled = false where client_id = $1', [
      disabled.clientId,
    ]);
    const answers = await Promise.all([
      ask(known.clientId, known.secret),
      ask('nobody', known.secret),
      ask('quote"{\\,}NULL', known.secret),
      ask(other.clientId, known.secret),
      ask(disabled.clientId, disabled.secret),
      ask(known.clientId, known.secret),
      ask(other.clientId, other.secret),
    ]);
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.error]),
      [
        [200, undefined],
        [401, 'invalid_client'],
        [401, 'invalid_client'],
        [401, 'invalid_client'],
        [401, 'invalid_client'],
        [200, undefined],
        [200, undefined],
      ],
    );
  });

  it('do not suffer from one whose row a statement fails by', async () => {
    const broken = populatedClient(4);
    await server.database.query(
      `update client set setup_id = (select id from setup s where s.organization_id = client.organization_id limit 1)
       where client_id = $1`,
      [broken.clientId],
    );
    await server.database.query(
      `update setup set client_defaults = '{"accessTokenTtlSeconds": "long"}'
       where id = (select setup_id from client where client_id = $1)`,
      [broken.clientId],
    );
    const answers = await Promise.all([5, 4, 6, 7].map(askAs));
    assert.deepEqual(
      answers.map(({ status }) => status === 200),
      [true, false, true, true],
    );
  });
});
