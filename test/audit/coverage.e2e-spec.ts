import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { describeApi, type Operation } from '../robustness/support/operations.js';
import { askAbout, createMarked, type MarkedOrganization } from '../security/support/two-organizations.js';
import { eventually } from '../support/eventually.js';
import { clientBody, createClient } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import {
  basePath,
  createSetup,
  momentIn,
  clientBody as setupClientBody,
} from '../surfaces/setup-clients/support.js';
import { startReceiver } from '../webhooks/support/receiver.js';

/** Operations that change nothing, whatever their method says. */
const readers = ['POST /oauth/customers/{customerId}/clients/{clientId}/explain'];

/*
 * Every operation of the OpenAPI document that changes something is done once, by its documented example or by a
 * request made for it here; a new operation that nobody covers fails the last test.
 */
describe('the audit log', () => {
  let server: TestServer;
  let operations: readonly Operation[];
  let organization: MarkedOrganization;
  let operatorToken: string;
  /** The operations that were seen to succeed, with what the log said of each. */
  const seen = new Map<string, string[]>();

  before(async () => {
    server = await startServer();
    const api = await describeApi(server);
    operations = api.operations.filter(
      (operation) => operation.method !== 'GET' && 'x-required-permission' in operation,
    );
    organization = await createMarked(server, api);
    operatorToken = await server.operatorToken();
  });
  after(() => server.close());

  /** Does something, and remembers what new entries say of it when it succeeded. */
  async function observe(name: string, request: () => Promise<Answer>): Promise<Answer> {
    const before = await lastEntries();
    const answer = await request();
    if (answer.status >= 300) return answer;
    const actions = await actionsAfter(before);
    // What only repeats what is so already changes nothing, and is no entry.
    if (actions.length > 0 || !seen.has(name)) seen.set(name, actions);
    return answer;
  }

  async function lastEntries(): Promise<Record<string, string>> {
    const rows = await server.database.query<{ id: string; last: string }>(
      'select organization_id as id, max(sequence) as last from audit_event group by 1',
    );
    return Object.fromEntries(rows.map(({ id, last }) => [id, last]));
  }

  async function actionsAfter(before: Record<string, string>): Promise<string[]> {
    const rows = await server.database.query<{ action: string }>(
      `select action from audit_event where sequence > coalesce(($1::jsonb ->> organization_id::text)::bigint, 0)
         and action <> 'request.refused' order by occurred_at, sequence`,
      [JSON.stringify(before)],
    );
    return rows.map(({ action }) => action);
  }

  /** Does a request of the document with the rights of an administrator, or of an operator on the server's routes. */
  const step = (name: string, path: string, json?: unknown, headers = {}) =>
    observe(name, () => {
      const isOperators = path.startsWith('/oauth/signing-keys');
      const token = isOperators ? operatorToken : organization.token;
      const [method = ''] = name.split(' ');
      if (json === undefined) return server.request(method, path, { token });
      return server.request(method, path, {
        token,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(json),
      });
    });

  it('has an entry for each change of a client and its credentials', async () => {
    const base = `/oauth/customers/${organization.customerId}/clients`;
    const name = '/oauth/customers/{customerId}/clients';
    const one = `${name}/{clientId}`;
    const client = await createClient(server, organization.customerId, organization.token);
    const body = { ...clientBody(), clientId: client.clientId };
    await step(`POST ${name}`, base, [clientBody()]);
    await step(`PUT ${name}`, base, [{ ...body, clientName: 'One' }]);
    await step(`PUT ${one}`, `${base}/${client.clientId}`, { ...body, clientName: 'Two' });
    const credentials = `${base}/${client.clientId}/credentials`;
    const { body: issued } = await step(`POST ${one}/credentials`, credentials, {});
    const rotation = `${credentials}/${issued.credentialId}`;
    const credential = `${one}/credentials/{credentialId}`;
    await step(`POST ${credential}/rotate`, `${rotation}/rotate`, { overlapSeconds: 60 });
    await step(`POST ${credential}/rotation/complete`, `${rotation}/rotation/complete`);
    await step(`POST ${credential}/rotation/undo`, `${rotation}/rotation/undo`, {});
    const enrolments = `${base}/${client.clientId}/enrolments`;
    const { body: code } = await step(`POST ${one}/enrolments`, enrolments, {});
    await step(`POST ${one}/enrolments/{enrolmentId}/revoke`, `${enrolments}/${code.enrolmentId}/revoke`);
  });

  it('has an entry for each change of a signing key', async () => {
    const path = '/oauth/signing-keys';
    const announce = async () => (await step(`POST ${path}`, path, { alg: 'ES256' })).body.kid as string;
    const kid = await announce();
    const next = await announce();
    server.advanceClock(server.settings.signingKeyAnnounceSeconds + 1);
    operatorToken = await server.token(server.operator);
    await step(`POST ${path}/{kid}/activate`, `${path}/${kid}/activate`);
    await step(`POST ${path}/{kid}/retire`, `${path}/${next}/retire`);
  });

  it('has an entry for each change over the other surfaces', async () => {
    for (const path of ['/oauth-clients', '/v3/oauth-clients']) {
      const { id } = await madeBy(path);
      const patch = [{ op: 'replace', path: '/description', value: 'Changed' }];
      await step(`PATCH ${path}/{id}`, `${path}/${id}`, patch, {
        'content-type': 'application/json-patch+json',
      });
      await step(`DELETE ${path}/{id}`, `${path}/${id}`);
    }
    const platform = '/platform/clientauth/credentials';
    const { credential } = await madeBy(platform);
    await step(`POST ${platform}/{credentialId}/revoke`, `${platform}/${credential.id}/revoke`);
  });

  it('has an entry for each change of a webhook', async () => {
    const receiver = await startReceiver();
    try {
      const name = '/oauth/customers/{customerId}/webhooks';
      const path = `/oauth/customers/${organization.customerId}/webhooks`;
      const { webhookId } = (await step(`POST ${name}`, path, { url: receiver.url })).body;
      const [one, here] = [`${name}/{webhookId}`, `${path}/${webhookId}`];
      await step(`PATCH ${one}`, here, { description: 'Changed' });
      await step(`POST ${one}/secret/rotate`, `${here}/secret/rotate`, {});
      await step(`POST ${one}/test`, `${here}/test`);
      const deliveryId = await eventually(10_000, async () => {
        const { body } = await server.request('GET', `${here}/deliveries`, { token: organization.token });
        assert.equal(body[0].status, 'delivered');
        return body[0].deliveryId as string;
      });
      await step(
        `POST ${one}/deliveries/{deliveryId}/redeliver`,
        `${here}/deliveries/${deliveryId}/redeliver`,
      );
      await step(`DELETE ${one}`, here);
    } finally {
      await receiver.close();
    }
  });

  it('has an entry for the end of a quarantine', async () => {
    const customer = `/oauth/customers/${organization.customerId}`;
    await step('PUT /oauth/customers/{customerId}', customer, {
      settings: { leakPolicy: 'quarantine', adminRateLimit: { requests: 1_000_000, seconds: 1 } },
    });
    const client = await createClient(server, organization.customerId, organization.token);
    await server.request('POST', '/leaks', { json: { secret: client.secret } });
    const credentials = `/clients/${client.clientId}/credentials`;
    const credentialId = await eventually(10_000, async () => {
      const { body } = await server.request('GET', customer + credentials, { token: organization.token });
      assert.notEqual(body[0].quarantine, null);
      return body[0].credentialId as string;
    });
    await step(
      'POST /oauth/customers/{customerId}/clients/{clientId}/credentials/{credentialId}/quarantine/lift',
      `${customer}${credentials}/${credentialId}/quarantine/lift`,
    );
  });

  it('has an entry for a planned change that is called off', async () => {
    const setup = await createSetup(server, organization);
    const { id } = await setup.createClient();
    const plan = { valid_from: momentIn(3600) };
    const name = `${basePath.replace('oauthv2', '{module}')}/{setupId}`;
    for (const [path, template, body] of [
      [`/clients/${id}`, '/clients/{clientId}', { ...setupClientBody(), ...plan }],
      ['', '', { name: 'Later', ...plan }],
    ] as const) {
      assert.equal((await setup.send('PUT', path, { json: body })).status, 200);
      const { snapshotIds } = (await setup.send('GET', `${path}/snapshots`)).body;
      const snapshot = `${basePath}/${setup.setupId}${path}/snapshots/${snapshotIds.at(-1)}`;
      await step(`DELETE ${name}${template}/snapshots/{snapshotId}`, snapshot);
    }
  });

  it('has an entry for each change by the documented examples', async () => {
    for (const operation of operations.toSorted((a, b) => rank(a) - rank(b))) {
      const isOperators = JSON.stringify(operation).includes('"ROLE_ADMIN"');
      const token = isOperators ? operatorToken : organization.token;
      await observe(operation.name, () => askAbout(server, operation, organization, token));
    }
  });

  it('leaves no operation out', () => {
    const missing = operations
      .map(({ name }) => name)
      .filter((name) => !readers.includes(name) && !seen.has(name));
    assert.deepEqual(missing, [], 'these never succeeded: give them a request here');
    const silent = [...seen].filter(([name, actions]) => actions.length === 0 && !readers.includes(name));
    assert.deepEqual(silent, []);
    for (const reader of readers) assert.deepEqual(seen.get(reader) ?? [], [], `${reader} changes something`);
  });

  /** Makes something by the example of the document. */
  async function madeBy(path: string) {
    const operation = operations.find(({ name }) => name === `POST ${path}`) as Operation;
    return (await askAbout(server, operation, organization, organization.token)).body;
  }
});

/** Things first, then what ends them, and last what deletes them: the innermost first. */
function rank({ method, path }: Operation): number {
  const depth = path.split('/').length;
  if (method === 'DELETE') return 200 - depth;
  return /(revoke|retire)$/.test(path) ? 100 : depth;
}
