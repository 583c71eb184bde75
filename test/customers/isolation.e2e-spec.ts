import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientBody, createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { comparable, createRole, nativeApi } from './support/native-api.js';

/*
 * Whoever asks for what is a stranger's learns nothing: not even that it exists. Each route is asked twice, for a
 * foreign object and for one that is missing; the answers must be the same, byte by byte.
 */

let server: TestServer;
let organization: TestOrganization;
let stranger: TestOrganization;
/** What a stranger owns, by the name of the path parameter. */
let foreign: Record<string, string>;

const missing: Record<string, string> = {
  customerId: 'ORG_NOBODYS123',
  clientId: 'client_nobodys123',
  credentialId: '7f5c2d4e-0000-4000-8000-000000000000',
  enrolmentId: '7f5c2d4e-0000-4000-8000-000000000000',
  tenantId: 'tenant_nobodys',
  webhookId: '7f5c2d4e-0000-4000-8000-000000000000',
  deliveryId: '7f5c2d4e-0000-4000-8000-000000000000',
  roleName: 'ROLE_NOBODYS',
};

const bodies: Record<string, unknown> = {
  'POST …/clients': [clientBody()],
  'PUT …/clients': [clientBody({ clientId: 'x' })],
  'PUT …/clients/{clientId}': clientBody(),
  'POST …/tenants': { tenantId: 'x' },
  'POST …/roles/permissions': { roleName: 'ROLE_SOME', servicePermissions: [] },
  'PUT …/roles/permissions/{roleName}': { servicePermissions: [] },
  'PUT …': { name: 'x' },
  'POST …/webhooks': { url: 'http://127.0.0.1:9' },
  'PATCH …/webhooks/{webhookId}': { enabled: false },
  'PATCH …/clients/{clientId}/credentials/{credentialId}': { name: 'x' },
};

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  stranger = await createOrganization(server, { tenants: ['foreign1'] });
  const theirs = nativeApi(server, stranger);
  const client = await createClient(server, stranger.customerId, stranger.token);
  const credentials = await theirs('GET', `/clients/${client.clientId}/credentials`);
  const enrolment = await theirs('POST', `/clients/${client.clientId}/enrolments`);
  const url = 'http://127.0.0.1:9';
  const webhook = await theirs('POST', '/webhooks', { json: { url, enabled: false } });
  const delivery = await theirs('POST', `/webhooks/${webhook.body.webhookId}/test`);
  foreign = {
    customerId: stranger.customerId,
    clientId: client.clientId,
    credentialId: credentials.body[0].credentialId,
    enrolmentId: enrolment.body.enrolmentId,
    tenantId: 'foreign1',
    webhookId: webhook.body.webhookId,
    deliveryId: delivery.body.deliveryId,
    roleName: await createRole(theirs, { 'Customer.Clients': ['READ'] }),
  };
});
after(() => server.close());

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly names: readonly string[];
}

async function operations(): Promise<Operation[]> {
  const { body: document } = await server.request('GET', '/openapi.json');
  return Object.entries<Record<string, object>>(document.paths)
    .filter(([path]) => path.startsWith('/oauth/customers/{customerId}'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path,
        names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string),
      })),
    );
}

async function ask(
  { method, path }: Operation,
  values: Record<string, string>,
  token: string,
): Promise<object> {
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] as string),
  );
  const template = `${method} ${path.replace('/oauth/customers/{customerId}', '…')}`;
  const body = bodies[template];
  const json = isNamed(body) ? { ...body, clientId: values['clientId'] } : body;
  return comparable(await server.request(method, target, { token, ...(json !== undefined && { json }) }));
}

function isNamed(body: unknown): body is { clientId: string } {
  return typeof body === 'object' && body !== null && 'clientId' in body;
}

describe('a customer that is none of the caller’s business', () => {
  it('answers 404 on every route, just as one that does not exist', async () => {
    const all = await operations();
    assert.ok(all.length >= 20, `${all.length}`);
    for (const operation of all) {
      const theirs = await ask(operation, foreign, organization.token);
      const nobodys = await ask(operation, missing, organization.token);
      // Operators alone may delete a customer, whosever it is: but to a stranger it does not exist before that.
      assert.equal((theirs as { status: number }).status, 404, JSON.stringify([operation, theirs]));
      assert.deepEqual(theirs, nobodys, JSON.stringify(operation));
    }
  });
});

describe('an object of another customer, asked for in the own one', () => {
  for (const name of [
    'clientId',
    'credentialId',
    'webhookId',
    'deliveryId',
    'enrolmentId',
    'tenantId',
    'roleName',
  ]) {
    it(`answers 404 on every route with a ${name}, just as one that does not exist`, async () => {
      const client = await createClient(server, organization.customerId, organization.token);
      const own = { ...foreign, customerId: organization.customerId, clientId: client.clientId };
      const concerned = (await operations()).filter(({ names }) => names.includes(name));
      assert.ok(concerned.length > 0);
      for (const operation of concerned) {
        const theirs = { ...own, [name]: foreign[name] as string };
        const nobodys = { ...own, [name]: missing[name] as string };
        const answers = await Promise.all(
          [theirs, nobodys].map((values) => ask(operation, values, organization.token)),
        );
        assert.equal((answers[0] as { status: number }).status, 404, JSON.stringify([operation, answers]));
        assert.deepEqual(answers[0], answers[1], JSON.stringify(operation));
      }
    });
  }
});

describe('hostile paths', () => {
  it('are 400 or 404, never 500', async () => {
    const hostile = [
      '%00',
      '..%2f..',
      '%27%20or%201%3D1--',
      '%F0%9F%98%80',
      '%C3%28',
      'x'.repeat(1500),
      '%25%32%46',
      '__proto__',
      '$where',
    ];
    for (const { path, method, names } of await operations()) {
      for (const name of names) {
        for (const value of hostile) {
          const values: Record<string, string> = {
            ...foreign,
            customerId: organization.customerId,
            clientId: organization.admin.clientId,
          };
          const target = path.replaceAll(/\{(\w+)\}/g, (_, each: string) =>
            each === name ? value : (values[each] as string),
          );
          const json = method === 'GET' || method === 'DELETE' ? undefined : {};
          const { status, text } = await server.request(method, target, {
            token: organization.token,
            ...(json && { json }),
          });
          assert.ok([400, 404, 414].includes(status), `${method} ${target}: ${status} ${text}`);
        }
      }
    }
  });
});
