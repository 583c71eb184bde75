import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { ChainVerifier } from '#libs/audit';
import { migrations } from '#libs/database';
import type { TestDatabase } from '../../support/database.js';
import { clientBody } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { databaseOf, type EarlierVersion } from './earlier-version.js';

/** The tests that a database of that version goes on working with, after this version brought it up to date. */
export function workAfterwards(version: EarlierVersion): void {
  let database: TestDatabase;
  let server: TestServer;
  let adminToken: string;
  before(async () => {
    database = await databaseOf(version);
    // Tokens of that time have long expired: it is that time again.
    const clockAheadSeconds = (Date.parse(version.recordedAt) - Date.now()) / 1000 + 10;
    server = await startServer({ sharing: { database }, clockAheadSeconds });
    adminToken = await server.token(version.admin);
  });
  after(async () => {
    await server?.close();
    await database?.drop();
  });

  it('is brought up to date, without a row lost', async () => {
    const ran = await database.query<{ name: string }>('select name from migrations');
    assert.deepEqual(new Set(ran.map(({ name }) => name)), new Set(migrations.map(({ name }) => name)));
    for (const [table, rows] of Object.entries(version.tables)) {
      const [counted] = await database.query<{ count: number }>(
        `select count(*)::integer as count from ${table}`,
      );
      assert.ok((counted?.count ?? 0) >= rows.length, table);
    }
  });

  it('has secrets that open what they opened, and no others', async () => {
    for (const { what, clientId, secret, status } of version.clients) {
      const answer = await server.request('POST', '/oauth/token', {
        basic: [clientId, secret],
        form: { grant_type: 'client_credentials' },
      });
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
    }
  });

  it('has tokens that are worth what they were', async () => {
    const kept = version.tokens.find(({ what }) => what === 'a token that is re-used')?.token;
    for (const { what, token, active } of version.tokens) {
      const { clientId, secret } = token === kept ? version.reuser : version.admin;
      const options = { basic: [clientId, secret], form: { token } } as const;
      const { body } = await server.request('POST', '/oauth/introspect', options);
      assert.equal(body.active, active, what);
    }
    assert.ok(kept);
    assert.equal(await server.token(version.reuser), kept);
  });

  it('has a request whose repetition is answered as it was', async () => {
    const { path, key, json, answer } = version.repeated;
    const headers = { 'idempotency-key': key };
    const again = await server.request('POST', path, { token: adminToken, json, headers });
    assert.deepEqual(again.body, answer);
  });

  it('can be read, changed and extended over the API', async () => {
    const path = `/oauth/customers/${version.customerId}/clients`;
    const { status, body } = await server.request('GET', path, { token: adminToken });
    assert.equal(status, 200);
    assert.ok(body.length >= 5);
    for (const { clientId } of body) {
      const credentials = await server.request('GET', `${path}/${clientId}/credentials`, {
        token: adminToken,
      });
      assert.equal(credentials.status, 200, credentials.text);
      assert.ok(credentials.body.length > 0, clientId);
    }
    const created = await server.request('POST', path, { token: adminToken, json: [clientBody()] });
    assert.ok(created.status < 300, created.text);
    const [{ credentialId }] = (
      await server.request('GET', `${path}/generated/credentials`, { token: adminToken })
    ).body;
    const rotated = await server.request('POST', `${path}/generated/credentials/${credentialId}/rotate`, {
      token: adminToken,
      json: {},
    });
    assert.equal(rotated.status, 201, rotated.text);
    await server.token({ clientId: 'generated', secret: rotated.body.clientSecret });
  });

  it('has an audit log that verifies, beyond the entries of this version', async () => {
    const chains = await database.query<{ id: string }>('select organization_id as id from audit_chain');
    assert.ok(chains.length >= 4);
    for (const { id } of chains) {
      const verifier = server.app.get(ChainVerifier, { strict: false });
      assert.equal((await verifier.verify({ organizationId: id })).damage, undefined);
    }
  });
}
