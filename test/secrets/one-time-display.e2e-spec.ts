import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientBody, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { ClientCredentials } from './support/credentials-api.js';

const secretWindowSeconds = 600;

describe('a secret', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer({ settings: { idempotencySecretWindowSeconds: secretWindowSeconds } });
    organization = await createOrganization(server);
  });
  after(() => server.close());

  const mustNotBeCached = ({ headers }: Answer) =>
    assert.match(headers.get('cache-control') ?? '', /no-store/);

  it('is in the answers of create, issue and rotate, which no cache keeps, and in no other (S-13, S-14)', async () => {
    const path = `/oauth/customers/${organization.customerId}/clients`;
    const body = clientBody();
    const created = await server.request('POST', path, { token: organization.token, json: [body] });
    mustNotBeCached(created);
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const issued = await credentials.issue({ name: 'second' });
    const rotated = await credentials.rotate(issued.body.credentialId);
    for (const answer of [issued, rotated]) {
      assert.equal(answer.status, 201);
      mustNotBeCached(answer);
    }
    const secrets = [created.body[0], issued.body, rotated.body].map(({ clientSecret }) => clientSecret);
    secrets.push(credentials.client.secret);
    for (const secret of secrets) assert.match(secret, /^cls_/);
    const later = [
      await server.request('GET', path, { token: organization.token }),
      await server.request('GET', `${path}/${credentials.client.clientId}`, { token: organization.token }),
      await server.request('PUT', `${path}/${credentials.client.clientId}`, {
        token: organization.token,
        json: clientBody({ clientId: credentials.client.clientId }),
      }),
      await credentials.list(),
      await credentials.get(issued.body.credentialId),
      await credentials.patch(rotated.body.credentialId, { name: 'third' }),
      await credentials.revoke(rotated.body.credentialId),
      await server.request('GET', `/oauth/customers/${organization.customerId}`, {
        token: organization.token,
      }),
    ];
    for (const { status, text } of later) {
      assert.equal(status, 200, text);
      for (const secret of secrets) assert.ok(!text.includes(secret) && !text.includes(secret.slice(4, -5)));
      assert.doesNotMatch(text, /"clientSecret"|"hash"|hmac-sha256|bcrypt/);
    }
  });

  it('leaves its prefix, its last four characters and its times and uses behind, nothing else (S-13)', async () => {
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const chosen = await credentials.issue({ clientSecret: 'chosen by a person' });
    const { body } = await credentials.list();
    assert.deepEqual(Object.keys(body[0]).sort(), [
      'alg',
      'allowedNetworks',
      'createdAt',
      'createdBy',
      'credentialId',
      'expiresAt',
      'hint',
      'kid',
      'kind',
      'lastAddress',
      'lastUsedAt',
      'lastUserAgent',
      'name',
      'quarantine',
      'retiresAt',
      'revokedAt',
      'status',
      'thumbprint',
    ]);
    assert.equal(body[0].hint, `cls_…${credentials.client.secret.slice(-4)}`);
    assert.equal(chosen.body.hint, '…rson');
  });

  it('is nowhere in the audit log (S-13)', async () => {
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const { body } = await credentials.rotate(await credentials.firstId());
    const events = await server.database.query<{ event: string }>(
      'select e::text as event from audit_event e',
    );
    const text = events.map(({ event }) => event).join('\n');
    assert.match(text, /credential\.retiring/);
    for (const secret of [credentials.client.secret, body.clientSecret])
      assert.ok(!text.includes(secret.slice(0, -4)));
    assert.doesNotMatch(text, /hmac-sha256\$|bcrypt-hmac/);
  });

  it('is answered again to the same Idempotency-Key within its window, and never later (S-14)', async () => {
    const credentials = await ClientCredentials.ofNewClient(server, organization);
    const firstId = await credentials.firstId();
    const key = { 'idempotency-key': 'display-once' };
    const first = await credentials.rotate(firstId, {}, key);
    const again = await credentials.rotate(firstId, {}, key);
    assert.equal(again.status, first.status);
    assert.deepEqual(again.body, first.body);
    mustNotBeCached(again);
    server.advanceClock(secretWindowSeconds);
    const later = await credentials.rotate(firstId, {}, key);
    assert.equal(later.status, first.status);
    assert.equal(later.body.credentialId, first.body.credentialId);
    assert.ok(!later.text.includes(first.body.clientSecret));
    assert.ok(!('clientSecret' in later.body));
    assert.equal(await credentials.statusOf(first.body.clientSecret), 200);
  });
});
