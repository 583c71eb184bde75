import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AuditCheckpoints, AuditRetention, ChainVerifier, RefusedAttempts, serverChain } from '#libs/audit';
import { createClient, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { rehash } from './support/rehash.js';

let server: TestServer;
before(async () => {
  server = await startServer({ settings: { auditRetentionDays: 30 } });
});
after(() => server.close());

async function idOf({ customerId }: TestOrganization): Promise<string> {
  const [row] = await server.database.query<{ id: string }>(
    'select id from organization where customer_id = $1',
    [customerId],
  );
  assert.ok(row);
  return row.id;
}

function audit({ customerId, token }: TestOrganization, rest = '', headers: Record<string, string> = {}) {
  return server.request('GET', `/oauth/customers/${customerId}/audit${rest}`, { token, headers });
}

describe('GET /oauth/customers/{customerId}/audit', () => {
  let organization: TestOrganization;
  let client: string;
  before(async () => {
    organization = await createOrganization(server);
    ({ clientId: client } = await createClient(server, organization.customerId, organization.token));
  });

  it('answers what happened in the customer, the oldest first, page by page', async () => {
    const first = await audit(organization, '?limit=3');
    assert.equal(first.status, 200);
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1];
    assert.ok(next);
    const second = await server.request('GET', next, { token: organization.token });
    assert.deepEqual(
      [...first.body, ...second.body].map(({ sequence, action }) => [sequence, action]),
      [
        ['1', 'organization.created'],
        ['2', 'client.created'],
        ['3', 'credential.issued'],
        ['4', 'client.created'],
        ['5', 'credential.issued'],
      ],
    );
    assert.equal(second.headers.get('link'), null);
  });

  it('filters by action, kind of action, actor, target, time and outcome, and by several of them', async () => {
    const count = async (query: string) => (await audit(organization, `?${query}`)).body.length;
    assert.equal(await count('action=client.created'), 2);
    assert.equal(await count('action=client.*'), 2);
    assert.equal(await count('action=client'), 0);
    assert.equal(await count('actor=operator'), 3);
    assert.equal(await count(`targetId=${client}&targetType=client`), 1);
    assert.equal(await count(`targetId=${client}&targetType=tenant`), 0);
    assert.equal(await count('from=2000-01-01T00:00:00Z&to=2999-01-01T00:00:00Z'), 5);
    assert.equal(await count('from=2999-01-01T00:00:00Z'), 0);
    assert.equal(await count('to=2000-01-01T00:00:00Z'), 0);
    assert.equal(await count('outcome=success&action=client.created&actor=operator'), 1);
    assert.equal(await count('outcome=refused'), 0);
  });

  it('answers 400 for a cursor, a time and an outcome that are none', async () => {
    for (const query of ['cursor=abc', 'from=yesterday', 'outcome=maybe'])
      assert.equal((await audit(organization, `?${query}`)).status, 400, query);
  });

  it('takes the permission of its own, and no entry of another customer is in it (S-50)', async () => {
    const roles = { clientPermissions: { roles: { ROLE_ADMIN_USER: [] } } };
    const other = await createClient(server, organization.customerId, organization.token, roles);
    const auditor = await createClient(server, organization.customerId, organization.token, {
      clientPermissions: { roles: { ROLE_AUDITOR: [] } },
    });
    const ask = async (token: string) => (await audit({ ...organization, token })).status;
    assert.equal(await ask(await server.token(other)), 403);
    assert.equal(await ask(await server.token(auditor)), 200);
    assert.equal(await ask(await server.operatorToken()), 200);
    const stranger = await createOrganization(server);
    assert.equal(await ask(stranger.token), 404);
  });
});

describe('GET /oauth/customers/{customerId}/audit/export', () => {
  it('streams JSON Lines or CSV by format or Accept, with the count before', async () => {
    const organization = await createOrganization(server);
    await server.database.query(
      `insert into audit_event (organization_id, sequence, occurred_at, action, actor, target_type, target_id, details, hash)
       select $1, n, now(), 'client.created', '=1+1', 'client', 'x', '{}', '\\x00' from generate_series(4, 2500) as n`,
      [await idOf(organization)],
    );
    const json = await audit(organization, '/export');
    assert.match(json.headers.get('content-type') ?? '', /^application\/x-ndjson/);
    assert.equal(json.headers.get('x-total-count'), '2500');
    const events = json.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ sequence }) => Number(sequence)),
      Array.from({ length: 2500 }, (_, i) => i + 1),
    );
    const csv = await audit(organization, '/export', { Accept: 'text/csv' });
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    const lines = csv.text.trimEnd().split('\n');
    assert.equal(lines.length, 2501);
    assert.match(lines[4] ?? '', /,'=1\+1,/);
    const some = await audit(organization, '/export?format=csv&action=organization.*', {
      Accept: 'application/json',
    });
    assert.equal(some.headers.get('x-total-count'), '1');
    assert.equal(some.text.trimEnd().split('\n').length, 2);
  });
});

describe('refused attempts', () => {
  const flush = () => server.app.get(RefusedAttempts, { strict: false }).flush();

  it('of a caller are in the log of its customer: who, which route, why', async () => {
    const organization = await createOrganization(server);
    const weak = await createClient(server, organization.customerId, organization.token);
    const token = await server.token(weak);
    assert.equal((await audit({ ...organization, token })).status, 403);
    await flush();
    const { body } = await audit(organization, '?outcome=refused');
    assert.deepEqual(
      body.map(({ action, actor, targetId, details }: Record<string, unknown>) => ({
        action,
        actor,
        targetId,
        details,
      })),
      [
        {
          action: 'request.refused',
          actor: weak.clientId,
          targetId: 'GET /oauth/customers/:customerId/audit',
          details: { reason: 'insufficient_scope' },
        },
      ],
    );
  });

  it('of nobody known are in the log of the server', async () => {
    assert.equal((await server.request('GET', '/oauth/signing-keys')).status, 401);
    await flush();
    const rows = await server.database.query(
      `select details from audit_event where organization_id = $1 and target_id = 'GET /oauth/signing-keys'`,
      [serverChain],
    );
    assert.deepEqual(rows, [{ details: { reason: 'unauthenticated' } }]);
  });

  it('to prove a client are kept up to a bound, without what was sent as secret (S-42)', async () => {
    const organization = await createOrganization(server);
    const { clientId } = await createClient(server, organization.customerId, organization.token);
    const secret = uniqueName('wrong-secret');
    for (let i = 0; i < 12; i++)
      await server.request('POST', '/oauth/token', {
        basic: [clientId, secret],
        form: { grant_type: 'client_credentials' },
      });
    await flush();
    const { body, text } = await audit(organization, '?action=client.authentication_failed');
    assert.ok(body.length > 0 && body.length <= 10, String(body.length));
    assert.deepEqual([body[0].actor, body[0].details.reason], [clientId, 'wrong secret']);
    assert.ok(!text.includes(secret));
  });

  it('beyond the bound are counted, at the end of the minute', async () => {
    const organization = await createOrganization(server);
    const organizationId = await idOf(organization);
    const attempts = server.app.get(RefusedAttempts, { strict: false });
    const actor = { name: 'x', credentialId: null, address: null, requestId: null };
    for (let i = 0; i < 5_000; i++)
      attempts.note({
        organizationId,
        action: 'request.refused',
        actor,
        targetType: 'route',
        targetId: 'GET /x',
      });
    await attempts.onApplicationShutdown();
    const { body } = await audit(organization, '?outcome=refused');
    const leftOut = body.filter(({ action }: { action: string }) => action === 'refusals.left_out');
    assert.equal(leftOut.length, 1);
    assert.equal(leftOut[0].details.leftOut + body.length - 1, 5_000);
    assert.ok(body.length <= 11);
  });
});

describe('the chain', () => {
  const verify = async (organizationId: string) =>
    server.app.get(ChainVerifier, { strict: false }).verify({ organizationId });

  it('loses old segments to retention, and the rest still verifies (S-49)', async () => {
    const organization = await createOrganization(server);
    const id = await idOf(organization);
    const checkpoints = server.app.get(AuditCheckpoints, { strict: false });
    const retention = server.app.get(AuditRetention, { strict: false });
    await checkpoints.sealAll();
    await retention.dropOld();
    assert.equal((await audit(organization)).body.length, 3, 'what is young stays');
    // Written 40 days ago, as far as the database can tell.
    await server.database.query(
      `update audit_event set occurred_at = occurred_at - interval '40 days' where organization_id = $1`,
      [id],
    );
    await server.database.query('delete from audit_checkpoint where organization_id = $1', [id]);
    await server.database.query('update audit_chain set sealed_sequence = 0 where organization_id = $1', [
      id,
    ]);
    await rehash(server, id);
    await checkpoints.sealAll();
    await createClient(server, organization.customerId, organization.token);
    await checkpoints.sealAll();
    await createClient(server, organization.customerId, organization.token);
    assert.equal(await retention.dropOld(), 1);
    const kept = (await audit(organization)).body;
    assert.ok(Number(kept[0].sequence) > 1);
    const { body } = await audit(organization, '/proof');
    assert.deepEqual([body.verification.intact, body.verification.damage], [true, null]);
    assert.deepEqual(
      [body.dropped.firstSequence, body.dropped.lastSequence],
      ['1', String(kept[0].sequence - 1)],
    );
    await checkpoints.sealAll();
    assert.equal((await verify(id)).damage, undefined);
    const [noted] = await server.database.query(
      `select target_id as id from audit_event where organization_id = $1 and action = 'audit.segment_dropped'`,
      [serverChain],
    );
    assert.deepEqual(noted, { id });
    await server.database.query(
      `update audit_dropped_segment set hash = '\\x00' where organization_id = $1`,
      [id],
    );
    assert.equal((await verify(id)).damage?.kind, 'checkpoint');
  });
});
