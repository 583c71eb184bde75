import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { assertError, callerWith, createRole, nativeApi } from '../customers/support/native-api.js';
import { clientBody, createClient, createOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertIssued } from '../support/token-requests.js';
import { compareExplainWithTokens } from './support/explain-differential.js';
import { type Scene, sceneAt } from './support/scene.js';

describe('POST …/clients/{clientId}/explain', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ settings: { trustedProxies: ['127.0.0.0/8'] } });
  });
  after(() => server.close());

  const explain = (scene: Scene, json: object = {}) =>
    nativeApi(server, scene.organization)('POST', `/clients/${scene.client.clientId}/explain`, { json });

  it('agrees with the token endpoint on requests of every kind', async () => {
    const outcomes = await compareExplainWithTokens(200, 1, 2);
    assert.ok((outcomes.get('issued') ?? 0) > 10);
    assert.ok(outcomes.size > 5, [...outcomes.keys()].join());
  });

  it('answers the token that would be issued, and every rule that was judged in order', async () => {
    const scene = await sceneAt(server);
    const { body } = await explain(scene, { address: '192.0.2.7' });
    const { claims, ...token } = body.token;
    assert.deepEqual(token, { expiresIn: 3600, scope: null, algorithm: 'ES256', isReused: false });
    assert.deepEqual(
      [claims.client_id, claims.credential_id, claims.jti],
      [scene.client.clientId, scene.firstId, undefined],
    );
    const { outcome, status, refusedBy, error, credentialId } = body;
    assert.deepEqual(
      [outcome, status, refusedBy, error, credentialId],
      ['issued', 200, null, null, scene.firstId],
    );
    assert.deepEqual(
      body.rules.map(({ rule, result }: { rule: string; result: string }) => `${rule} ${result}`),
      [
        'guess_limit passed',
        'authentication_method passed',
        'secret assumed',
        'credential_lifetime passed',
        'client_enabled passed',
        'organization_enabled passed',
        'organization_networks passed',
        'client_networks passed',
        'credential_networks passed',
        'quarantine passed',
        'grant_type_given passed',
        'grant_type_supported passed',
        'grant_type_registered passed',
        'scope passed',
        'resource passed',
        'signing_key passed',
        'token_quotas passed',
      ],
    );
  });

  it('names the rule that refuses, and judges nothing after it', async () => {
    const scene = await sceneAt(server);
    const { body } = await explain(scene, { scope: 'admin' });
    assert.deepEqual([body.refusedBy, body.error, body.token], ['scope', 'invalid_scope', null]);
    assert.deepEqual(body.rules.at(-1), { rule: 'scope', result: 'failed' });
  });

  it('tells of networks: of those that refuse, those in shadow mode, and nothing without an address', async () => {
    const scene = await sceneAt(server);
    const networks = ['192.0.2.0/24'];
    const strict = await scene.succeed('POST', '', { allowedNetworks: { networks } });
    const shadow = await scene.succeed('POST', '', { allowedNetworks: { mode: 'shadow', networks } });
    const address = '198.51.100.7';
    const refused = (await explain(scene, { credentialId: strict.credentialId, address })).body;
    assert.deepEqual([refused.refusedBy, refused.error], ['credential_networks', 'unauthorized_client']);
    const let_in = (await explain(scene, { credentialId: shadow.credentialId, address })).body;
    assert.deepEqual([let_in.outcome, let_in.wouldBeRefusedByNetworksOf], ['issued', ['credential']]);
    const unknown = (await explain(scene, { credentialId: strict.credentialId })).body;
    assert.equal(unknown.outcome, 'issued');
    assert.ok(!JSON.stringify(unknown.rules).includes('networks'));
  });

  it('judges a credential by the time that is given', async () => {
    const scene = await sceneAt(server);
    const made = await scene.succeed('POST', '', { expiresAt: '2090-01-01T00:00:00Z' });
    const at = async (time: string) =>
      (await explain(scene, { credentialId: made.credentialId, at: time })).body.refusedBy;
    assert.equal(await at('2089-12-31T23:59:59Z'), null);
    assert.equal(await at('2090-01-01T00:00:00Z'), 'credential_lifetime');
  });

  it('takes a revoked credential, and none, for a secret that opens nothing', async () => {
    const scene = await sceneAt(server);
    const made = await scene.succeed('POST', '');
    await scene.succeed('POST', `/${made.credentialId}/revoke`);
    for (const credentialId of [made.credentialId, null]) {
      const { body } = await explain(scene, { credentialId });
      assert.deepEqual([body.refusedBy, body.error, body.credentialId], ['secret', 'invalid_client', null]);
    }
  });

  it('refuses who guesses on, and not who would show a generated secret', async () => {
    const scene = await sceneAt(server);
    const address = '192.0.2.33';
    for (let n = 0; n < 20; n++) await scene.ask(`guess-${n}`, { 'x-forwarded-for': address });
    const { body: refused } = await explain(scene, { address, credentialId: null });
    assert.deepEqual([refused.refusedBy, refused.status], ['guess_limit', 429]);
    const { body: issued } = await explain(scene, { address, credentialId: scene.firstId });
    assert.equal(issued.outcome, 'issued');
    assertIssued(await scene.ask(scene.client.secret, { 'x-forwarded-for': address }));
  });

  it('changes nothing: no token, no use, no failure, no audit event, no figure', async () => {
    const scene = await sceneAt(server, {
      allowedNetworks: { mode: 'shadow', networks: ['192.0.2.0/24'] },
      clientTokenQuota: { tokens: 3, seconds: 3600 },
    });
    await nativeApi(server, scene.organization)('PUT', `/clients/${scene.client.clientId}`, {
      json: clientBody({
        clientId: scene.client.clientId,
        clientAuthenticationMethods: ['client_secret_basic'],
      }),
    });
    const rotated = await scene.succeed('POST', `/${scene.firstId}/rotate`, { retireAfterQuietSeconds: 60 });
    // What the callers used themselves is written a second later.
    await wait(1_300);
    const before = await stateOf(server);
    const totals = await networkTotals();
    const address = '127.0.0.1';
    for (let round = 0; round < 25; round++) {
      await explain(scene, { address, credentialId: scene.firstId });
      await explain(scene, { address, authenticationMethod: 'client_secret_post' });
      await explain(scene, { address, credentialId: null });
    }
    await wait(1_300);
    assert.deepEqual(await stateOf(server), before);
    assert.equal(await networkTotals(), totals);
    assertIssued(await scene.ask(rotated.clientSecret));
  });

  const networkTotals = async () =>
    (await server.request('GET', '/metrics')).text
      .split('\n')
      .filter((line) => line.startsWith('network_refusals_total'))
      .join('\n');

  describe('400', () => {
    it('for an address, a time or a credential that is none', async () => {
      const scene = await sceneAt(server);
      assertError(await explain(scene, { address: 'localhost' }), 400, /address/);
      assertError(await explain(scene, { at: 'tomorrow' }), 400, /at/);
      assertError(await explain(scene, { credentialId: 'x' }), 400, /credentialId/);
      assertError(await explain(scene, { clientSecret: scene.client.secret }), 400, /clientSecret/);
    });
  });

  describe('403 and 404', () => {
    it('for who may not read the client, one of another customer, and a credential of another client', async () => {
      const scene = await sceneAt(server);
      const api = nativeApi(server, scene.organization);
      const path = `/clients/${scene.client.clientId}/explain`;
      const role = await createRole(api, { 'Customer.Clients': ['UPDATE'] });
      const stranger = await callerWith(server, scene.organization, { [role]: [] });
      assertError(await api('POST', path, { token: stranger.token, json: {} }), 403, /./);
      const other = await createOrganization(server);
      const theirs = await createClient(server, other.customerId, other.token);
      assertError(await api('POST', `/clients/${theirs.clientId}/explain`, { json: {} }), 404, /client/);
      const elsewhere = await sceneAt(server);
      assertError(await explain(scene, { credentialId: elsewhere.firstId }), 404, /credential/);
    });
  });
});

/** Every row of what a token request could touch. */
async function stateOf({ database }: TestServer): Promise<unknown[]> {
  const tables = ['credential', 'credential_use', 'credential_source', 'network_refusal', 'audit_event'];
  const more = ['active_token', 'token_quota_use', 'revoked_token'];
  return Promise.all(
    [...tables, ...more].map((table) =>
      database.query(
        `select md5(coalesce(string_agg(t::text, '' order by t::text), '')) as state from ${table} t`,
      ),
    ),
  );
}
