import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nativeApi } from '../../customers/support/native-api.js';
import { eventually } from '../../support/eventually.js';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { decodeToken } from '../../support/forged-token.js';
import type { Answer } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import { assertShape, documentsExample, type Surface, surfaceAt } from '../../support/surfaces.js';

const document = await documentsExample('platform-clientauth/create-client-credential');
const active = 'CLIENT_CREDENTIAL_STATUS_ACTIVE';
const revoked = 'CLIENT_CREDENTIAL_STATUS_REVOKED';

let server: TestServer;
let organization: TestOrganization;
let platform: Surface;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  platform = surfaceAt(server, '/platform/clientauth', organization);
});
after(() => server.close());

const create = (overrides: Readonly<Record<string, unknown>> = {}): Promise<Answer> =>
  platform('POST', '/credentials', { json: { ...document.request, ...overrides } });

const mint = ({ body }: Answer): Promise<Answer> =>
  platform('POST', '/token', {
    json: { client_id: body.credential.client_id, client_secret: body.client_secret, subject: 'label' },
  });

/** The keys that the server publishes, by kid. */
async function publishedKeys(): Promise<Map<string, { alg: string }>> {
  const { body } = await server.request('GET', '/.well-known/jwks.json');
  return new Map(body.keys.map((key: { kid: string; alg: string }) => [key.kid, key]));
}

describe('POST /platform/clientauth/credentials', () => {
  describe('200', () => {
    it('answers the request of the document with exactly its keys, types and nesting', async () => {
      const answer = await platform('POST', '/credentials', { json: document.request });
      assert.equal(answer.status, 200, answer.text);
      assertShape(answer.body, document.response, ['credential.last_used_at']);
      const { client_secret, credential } = answer.body;
      assert.match(client_secret, /^cls_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
      assert.match(credential.client_id, /^[0-9a-f]{32}$/);
      assert.match(credential.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.match(credential.created_at, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
      assert.deepEqual(
        [credential.name, credential.alg, credential.status, credential.last_used_at],
        ['string', 'EdDSA', active, null],
      );
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    });

    for (const alg of [undefined, null, '']) {
      it(`takes EdDSA for the alg ${JSON.stringify(alg) ?? 'that is left out'}`, async () => {
        assert.equal((await create({ alg })).body.credential.alg, 'EdDSA');
      });
    }

    for (const alg of ['EdDSA', 'ES256', 'RS256', 'PS256']) {
      it(`tells the published key that signs its tokens with ${alg}`, async () => {
        const created = await create({ alg });
        const { kid } = created.body.credential;
        assert.equal((await publishedKeys()).get(kid)?.alg, alg);
        const { header } = decodeToken((await mint(created)).body.access_token);
        assert.deepEqual(header, { typ: 'at+jwt', alg, kid });
      });
    }

    it('takes a name of 1 and of 64 characters, whatever they are', async () => {
      for (const name of ['a', '𝔸'.repeat(64), ' ']) {
        assert.equal((await create({ name })).body.credential?.name, name);
      }
    });

    it('ignores fields that it does not know and assigns none of them', async () => {
      const { admin } = organization;
      const answer = await create({
        client_id: admin.clientId,
        status: 'x',
        scopes: ['all'],
        enabled: false,
      });
      assert.equal(answer.status, 200, answer.text);
      assertShape(answer.body, document.response, ['credential.last_used_at']);
      assert.match(answer.body.credential.client_id, /^[0-9a-f]{32}$/);
      assert.equal((await mint(answer)).status, 200);
    });

    it('makes a client that holds nothing, visible to the native API', async () => {
      const { body } = await create({ name: 'render farm' });
      const native = nativeApi(server, organization);
      const client = await native('GET', `/clients/${body.credential.client_id}`);
      const { clientName, scope, clientPermissions, defaultRolesAssignmentEnabled } = client.body;
      assert.deepEqual(
        { clientName, scope, clientPermissions, defaultRolesAssignmentEnabled },
        {
          clientName: 'render farm',
          scope: [],
          clientPermissions: { roles: {} },
          defaultRolesAssignmentEnabled: false,
        },
      );
      const listed = await native('GET', `/clients/${body.credential.client_id}/credentials`);
      assert.equal(listed.body[0].credentialId, body.credential.id);
    });

    it('makes a secret that works at every token endpoint, by either method', async () => {
      const { body } = await create();
      const client = { clientId: body.credential.client_id, secret: body.client_secret };
      const form = {
        grant_type: 'client_credentials',
        client_id: client.clientId,
        client_secret: client.secret,
      };
      await server.token(client);
      assert.equal((await server.request('POST', '/oauth/token', { form })).status, 200);
      assert.equal((await server.request('POST', '/api/v0/oauth/token', { form })).status, 200);
    });

    it('writes who did it into the audit log, without the secret', async () => {
      const { body } = await create();
      const events = await server.database.query<{ action: string; actor: string; all: string }>(
        `select action, actor::text, to_jsonb(e)::text as all from audit_event e
         where target_id in ($1, $2) order by sequence`,
        [body.credential.client_id, body.credential.id],
      );
      assert.deepEqual(
        events.map(({ action }) => action),
        ['client.created', 'credential.issued'],
      );
      for (const event of events) {
        assert.match(event.actor, new RegExp(organization.admin.clientId));
        assert.ok(!event.all.includes(body.client_secret));
      }
    });
  });

  describe('400', () => {
    const wrong: readonly (readonly [
      what: string,
      change: Readonly<Record<string, unknown>>,
      detail: RegExp,
    ])[] = [
      ['no name', { name: undefined }, /name: is required/],
      ['a name of null', { name: null }, /name: must not be null/],
      ['an empty name', { name: '' }, /name: must have 1 to 64 characters/],
      ['a name of 65 characters', { name: 'a'.repeat(65) }, /name: must have 1 to 64 characters/],
      ['a name that is a number', { name: 5 }, /name: must be a string/],
      ['a name with a control character', { name: 'a\u0007' }, /name: must not contain control characters/],
      ['an algorithm without a key', { alg: 'HS256' }, /alg: must be one of/],
      ['the algorithm none', { alg: 'none' }, /alg: must be one of/],
      ['an algorithm in other letters', { alg: 'eddsa' }, /alg: must be one of/],
      ['an algorithm that is a number', { alg: 1 }, /alg: must be one of/],
    ];
    for (const [what, change, detail] of wrong) {
      it(`refuses ${what}, and makes nothing`, async () => {
        const before = (await platform('GET', '/credentials')).body.total;
        const answer = await create(change);
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.body.details, detail);
        assert.equal((await platform('GET', '/credentials')).body.total, before);
      });
    }
  });
});

describe('GET /platform/clientauth/credentials', () => {
  it('lists the newest first, with the total, and never a secret', async () => {
    const own = await createOrganization(server);
    const at = surfaceAt(server, '/platform/clientauth', own);
    const made: Answer[] = [];
    for (const name of ['one', 'two', 'three'])
      made.push(await at('POST', '/credentials', { json: { name } }));
    const all = await at('GET', '/credentials');
    assert.deepEqual(Object.keys(all.body), ['credentials', 'total']);
    // The last one is the administrator's, made by another surface.
    assert.equal(all.body.total, 4);
    assert.deepEqual(
      all.body.credentials.map((credential: { name: string }) => credential.name),
      ['three', 'two', 'one', own.admin.clientId],
    );
    for (const credential of all.body.credentials) {
      assertShape(credential, document.response.credential, ['last_used_at']);
    }
    for (const { body } of made) assert.ok(!all.text.includes(body.client_secret));
    const part = await at('GET', '/credentials?limit=2&offset=1');
    assert.deepEqual(part.body, { credentials: all.body.credentials.slice(1, 3), total: 4 });
    const beyond = await at('GET', '/credentials?offset=100');
    assert.deepEqual(beyond.body, { credentials: [], total: 4 });
  });

  it('answers 25 unless asked for up to 100', async () => {
    const own = await createOrganization(server);
    const at = surfaceAt(server, '/platform/clientauth', own);
    const json = Array.from({ length: 30 }, (_, index) => ({
      clientId: `${own.customerId}_${index}`,
      authorizedGrantTypes: ['client_credentials'],
      clientAuthenticationMethods: ['client_secret_basic'],
    }));
    assert.equal((await nativeApi(server, own)('POST', '/clients', { json })).status, 200);
    assert.equal((await at('GET', '/credentials')).body.credentials.length, 25);
    assert.equal((await at('GET', '/credentials?limit=100')).body.credentials.length, 31);
  });

  for (const query of ['limit=0', 'limit=101', 'limit=-1', 'limit=x', 'limit=1.5', 'limit=', 'offset=-1']) {
    it(`refuses ?${query}`, async () => {
      const answer = await platform('GET', `/credentials?${query}`);
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.body.details, /^The query is not valid\. (limit|offset): must be a whole number/);
    });
  }

  it('refuses a limit that is sent twice, and ignores what it does not know', async () => {
    assert.equal((await platform('GET', '/credentials?limit=1&limit=2')).status, 400);
    assert.equal((await platform('GET', '/credentials?page=3')).status, 200);
  });

  it('tells when a credential was used last', async () => {
    const created = await create();
    const { id } = created.body.credential;
    const lastUsedAt = async () => {
      const { body } = await platform('GET', '/credentials?limit=100');
      return body.credentials.find((credential: { id: string }) => credential.id === id).last_used_at;
    };
    assert.equal(await lastUsedAt(), null);
    assert.equal((await mint(created)).status, 200);
    await eventually(5_000, async () => assert.match(await lastUsedAt(), /^\d{4}-.*Z$/));
  });

  it('tells the algorithm and key that sign for credentials of other surfaces', async () => {
    const own = await createOrganization(server, { settings: { accessTokenSigningAlg: 'RS256' } });
    const { body } = await surfaceAt(server, '/platform/clientauth', own)('GET', '/credentials');
    const [{ alg, kid }] = body.credentials;
    assert.deepEqual(decodeToken(own.token).header, { typ: 'at+jwt', alg: 'RS256', kid });
    assert.equal(alg, 'RS256');
  });

  it('shows an expired credential as one that does not work any more', async () => {
    const expiring = await startServer();
    try {
      const own = await createOrganization(expiring);
      const expires = new Date(Date.now() + 60_000).toISOString();
      const v0 = surfaceAt(expiring, '/api/v0', own);
      await v0('POST', '/client-credentials', { json: { name: 'short', expires } });
      const statuses = async () => {
        const { body } = await surfaceAt(expiring, '/platform/clientauth', own)('GET', '/credentials');
        return body.credentials.map((credential: { status: string }) => credential.status);
      };
      assert.deepEqual(await statuses(), [active, active]);
      expiring.advanceClock(61);
      assert.deepEqual(await statuses(), [revoked, active]);
    } finally {
      await expiring.close();
    }
  });
});

describe('a credential that was rotated by the native API', () => {
  it('keeps the algorithm of its tokens', async () => {
    const { body } = await create({ alg: 'PS256' });
    const { client_id: clientId, id } = body.credential;
    const path = `/clients/${clientId}/credentials/${id}/rotate`;
    const rotated = await nativeApi(server, organization)('POST', path, { json: {} });
    assert.equal(rotated.status, 201, rotated.text);
    const token = await server.token({ clientId, secret: rotated.body.clientSecret });
    assert.equal(decodeToken(token).header['alg'], 'PS256');
  });
});

describe('a client of another surface', () => {
  it('has its credentials listed and revoked here', async () => {
    const client = await createClient(server, organization.customerId, organization.token);
    const { body } = await platform('GET', '/credentials?limit=1');
    assert.equal(body.credentials[0].client_id, client.clientId);
    assert.equal((await platform('POST', `/credentials/${body.credentials[0].id}/revoke`)).status, 200);
    await assert.rejects(server.token(client), /401/);
  });
});
