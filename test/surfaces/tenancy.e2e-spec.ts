import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { surfaceDrivers } from './support/surface-drivers.js';

/*
 * Every route of every surface that takes an id, from the OpenAPI document, so that a new one cannot be forgotten:
 * the administrator of another organization gets for a real id what anybody gets for one that does not exist. The
 * native routes are walked in test/customers/isolation.
 */

type Ids = Readonly<Record<string, string>>;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly names: readonly string[];
}

const setups = '/v2/modules/oauthv2/setups';
const uuid = '7f5c2d4e-0000-4000-8000-000000000000';
const hex = '0123456789abcdef0123456789abcdef';

/** Bodies that are valid, so that only the id decides. */
const bodies: Readonly<Record<string, unknown>> = {
  setups: { name: 'taken over' },
  clients: {
    name: 'taken over',
    confidentiality_type: 'confidential',
    redirect_uris: ['https://client.example'],
  },
  'resource-servers': { name: 'taken over' },
};

describe('an object of another organization', () => {
  let server: TestServer;
  let victim: TestOrganization;
  let stranger: TestOrganization;
  let operations: Operation[];
  before(async () => {
    server = await startServer();
    const settings = { adminRateLimit: { requests: 100_000, seconds: 10 } };
    victim = await createOrganization(server, { settings });
    stranger = await createOrganization(server, { settings });
    operations = operationsWithIds((await server.request('GET', '/openapi.json')).body);
  });
  after(() => server.close());

  it('cannot be told from a missing one on any route of any surface', async () => {
    const real = await objectsOf(server, victim);
    assert.ok(operations.length >= 25, `only ${operations.length} operations were found`);
    for (const operation of operations) {
      const theirs = await ask(operation, real);
      const nobodys = await ask(operation, missingLike(real));
      assert.equal(theirs.status, 404, `${operation.method} ${operation.path}: ${theirs.text}`);
      assert.deepEqual(comparable(theirs), comparable(nobodys), `${operation.method} ${operation.path}`);
    }
  });

  it('cannot be reached by way of an own one', async () => {
    const [own, real] = [await objectsOf(server, stranger), await objectsOf(server, victim)];
    const below = operations.filter(({ names }) => names.includes('setupId') && names.length > 2);
    assert.ok(below.length >= 8, `only ${below.length} operations were found`);
    for (const operation of below) {
      const theirs = await ask(operation, { ...real, setupId: own['setupId'] as string });
      assert.equal(theirs.status, 404, `${operation.method} ${operation.path}: ${theirs.text}`);
    }
  });

  it('is as it was after all of that', async () => {
    const { clientId } = await objectsOf(server, victim);
    const { body } = await server.request('GET', '/oauth-clients?limit=250', { token: victim.token });
    assert.ok(body.some((client: { id: string }) => client.id === clientId));
    assert.ok(body.every((client: { name: string }) => client.name !== 'taken over'));
  });

  async function ask({ method, path }: Operation, ids: Ids): Promise<Answer> {
    const isSetup = path.includes('/modules/');
    const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const id = name === 'module' ? 'oauthv2' : ids[isSetup && name === 'clientId' ? 'internalId' : name];
      assert.ok(id, `this test knows no ${name}: ${path}`);
      return encodeURIComponent(id);
    });
    const headers = { 'x-request-id': hex };
    const { token } = stranger;
    if (method === 'PATCH') {
      const type = { ...headers, 'content-type': 'application/json-patch+json' };
      return server.request(method, target, { token, headers: type, body: '[]' });
    }
    const kind = path.split('/').findLast((part) => part in bodies);
    const json = method === 'POST' || method === 'PUT' ? (bodies[kind ?? ''] ?? {}) : undefined;
    return server.request(method, target, { token, headers, ...(json !== undefined && { json }) });
  }
});

function operationsWithIds(document: { paths: Record<string, Record<string, object>> }): Operation[] {
  return Object.entries(document.paths)
    .filter(([path]) => !path.startsWith('/oauth/') && /\{(?!module)\w+\}/.test(path))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path,
        names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string),
      })),
    );
}

/** One object of each kind, made over the API, by the name of the path parameter. */
async function objectsOf(server: TestServer, organization: TestOrganization): Promise<Ids> {
  const { token } = organization;
  const send = async (method: string, path: string, json?: object) => {
    const answer = await server.request(method, path, { token, ...(json && { json }) });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.body;
  };
  const { setupId } = await send('POST', setups, { name: 'a setup' });
  const below = `${setups}/${setupId}`;
  const { resourceServerId } = await send('POST', `${below}/resource-servers`, { name: 'an API' });
  const { clientId: internalId } = await send('POST', `${below}/clients`, {
    ...(bodies['clients'] as object),
    name: 'a client',
  });
  const { snapshotIds } = await send('GET', `${below}/snapshots`);
  const [driver] = surfaceDrivers(server, organization);
  const client = await driver?.create();
  const { credentials } = await send('GET', '/platform/clientauth/credentials');
  return {
    setupId,
    resourceServerId,
    internalId,
    snapshotId: snapshotIds[0],
    credentialId: credentials[0].id,
    clientId: client?.clientId as string,
    client_id: client?.clientId as string,
    id: client?.clientId as string,
  };
}

/** Ids of the same forms that nobody has. */
function missingLike(real: Ids): Ids {
  return Object.fromEntries(Object.keys(real).map((name) => [name, name === 'credentialId' ? uuid : hex]));
}

function comparable({ status, text, headers }: Answer): object {
  return { status, text, headers: [...headers].filter(([name]) => !/^(date|ratelimit)$/.test(name)) };
}
