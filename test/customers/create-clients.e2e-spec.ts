import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { clientBody, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertError, type NativeApi, nativeApi } from './support/native-api.js';

const fixture = JSON.parse(
  await readFile('test/customers/fixtures/create-a-customer-client.json', 'utf8'),
) as { request: object[]; response: Record<string, unknown> };

let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

const create = (json: unknown) => api('POST', '/clients', { json });
const count = async () => Number((await server.database.query('select count(*) from client'))[0]?.['count']);

describe('POST /oauth/customers/{customerId}/clients', () => {
  describe("200, the document's example", () => {
    it('answers every field of it, in its order, for an array an array', async () => {
      const { status, headers, body } = await create(fixture.request);
      assert.equal(status, 200);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.ok(Array.isArray(body) && body.length === 1);
      const [client] = body;
      assert.match(client.clientSecret, /^cls_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
      const expected = { ...fixture.response, clientSecret: client.clientSecret };
      assert.equal(JSON.stringify(client), JSON.stringify(expected));
    });

    it('makes a client that gets tokens of these roles and tenants, by both methods', async () => {
      const [{ clientSecret }] = (await create([{ ...fixture.request[0], clientId: 'second' }])).body;
      const token = await server.token({ clientId: 'second', secret: clientSecret });
      const claims = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
      assert.deepEqual(claims.roles, { ROLE_ADMIN_TENANT: ['tenant1'], ROLE_API: ['tenant1'] });
      const posted = await server.request('POST', '/oauth/token', {
        form: { grant_type: 'client_credentials', client_id: 'second', client_secret: clientSecret },
      });
      assert.equal(posted.status, 200);
      assert.equal(posted.body.expires_in, 3600);
    });
  });

  it('200: answers a single object as a single object', async () => {
    const json = clientBody();
    const { status, body } = await create(json);
    assert.equal(status, 200);
    assert.equal(body.clientId, json['clientId']);
    assert.equal(typeof body.clientSecret, 'string');
  });

  it('200: makes 1,000 at once, each with a secret of its own, and lists them in their order', async () => {
    const own = await createOrganization(server);
    const within = nativeApi(server, own);
    const bodies = Array.from({ length: 1_000 }, (_, index) => clientBody({ clientName: `number ${index}` }));
    const { status, body } = await within('POST', '/clients', { json: bodies });
    assert.equal(status, 200);
    const created = body as { clientId: string; clientName: string; clientSecret: string }[];
    assert.deepEqual(
      created.map(({ clientName }) => clientName),
      bodies.map(({ clientName }) => clientName),
    );
    assert.equal(new Set(created.map(({ clientSecret }) => clientSecret)).size, 1_000);
    const { clientId, clientSecret: secret } = created.at(-1) as (typeof created)[number];
    await server.token({ clientId, secret });
    const [counts] = await server.database.query(
      `select count(distinct k.client_row_id)::integer as credentials,
         (select count(*)::integer from audit_event e where e.organization_id = o.id
          and action in ('client.created', 'credential.issued')) as events
       from organization o join credential k on k.organization_id = o.id where o.customer_id = $1 group by o.id`,
      [own.customerId],
    );
    assert.deepEqual(counts, { credentials: 1_001, events: 2_002 });
    const listed: string[] = [];
    for (let next: string | undefined = '/clients?limit=200'; next; ) {
      const page = await within('GET', next);
      listed.push(...page.body.map((client: { clientId: string }) => client.clientId));
      next = /<[^>]*(\/clients\?[^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    }
    assert.deepEqual(
      listed.slice(1),
      created.map((client) => client.clientId),
    );
  });

  it('200: fills in the defaults', async () => {
    const { body } = await create(clientBody());
    const { clientId: _, clientSecret: __, ...rest } = body;
    assert.deepEqual(rest, {
      scope: [],
      clientPermissions: { roles: {} },
      authorities: [],
      resourceIds: [],
      authorizedGrantTypes: ['client_credentials'],
      clientDescription: null,
      clientName: null,
      clientEmail: null,
      redirectUri: ['http://localhost'],
      accessTokenValidity: null,
      refreshTokenValidity: null,
      defaultRolesAssignmentEnabled: true,
      clientAuthenticationMethods: ['client_secret_basic', 'client_secret_post'],
      enabled: true,
    });
  });

  it('200: keeps and gives back every field', async () => {
    const json = clientBody({
      clientSecret: 'chosen by the caller: ünïcode',
      scope: ['read', 'write'],
      clientPermissions: { roles: { ROLE_USER: ['tenant2', 'tenant1'], ROLE_API: [] } },
      authorities: ['a'],
      resourceIds: ['https://api.example'],
      authorizedGrantTypes: ['client_credentials', 'authorization_code', 'refresh_token'],
      clientDescription: 'two\nlines',
      clientName: 'Näme',
      clientEmail: 'someone@example.com',
      redirectUri: ['https://app.example/callback?x=1'],
      accessTokenValidity: 60,
      refreshTokenValidity: 86_400,
      defaultRolesAssignmentEnabled: false,
      clientAuthenticationMethods: ['client_secret_post'],
      enabled: false,
    });
    const { body } = await create(json);
    assert.deepEqual(body, json);
    const { clientSecret: _, ...read } = json;
    assert.deepEqual((await api('GET', `/clients/${json['clientId']}`)).body, read);
  });

  it('200: takes an id of any printable ASCII, which then works in paths', async () => {
    const clientId = `a/b?c=d&e#f %${uniqueName('')}"<>\\`;
    assert.equal((await create(clientBody({ clientId }))).status, 200);
    const read = await api('GET', `/clients/${encodeURIComponent(clientId)}`);
    assert.equal(read.body.clientId, clientId);
  });

  it('200: adds ROLE_API by default, and not when told so', async () => {
    for (const [defaultRolesAssignmentEnabled, roles] of [
      [undefined, { ROLE_API: [] }],
      [true, { ROLE_API: [] }],
      [false, {}],
    ] as const) {
      const { body } = await create(clientBody({ defaultRolesAssignmentEnabled }));
      const token = await server.token({ clientId: body.clientId, secret: body.clientSecret });
      const claims = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
      assert.deepEqual(claims.roles, roles);
    }
  });

  describe('400', () => {
    const refused: [string, object, RegExp][] = [
      ['a missing clientId', { clientId: undefined }, /\[0\]\.clientId: is required/],
      ['an empty clientId', { clientId: '' }, /\[0\]\.clientId: must have 1 to 255/],
      ['a clientId that is too long', { clientId: 'x'.repeat(256) }, /\[0\]\.clientId: must have 1 to 255/],
      ['a clientId beyond ASCII', { clientId: 'ü' }, /\[0\]\.clientId: must be 1 to 255 printable ASCII/],
      ['missing grant types', { authorizedGrantTypes: undefined }, /authorizedGrantTypes: is required/],
      ['no grant types', { authorizedGrantTypes: [] }, /authorizedGrantTypes: must have at least 1/],
      ['an unknown grant type', { authorizedGrantTypes: ['password'] }, /authorizedGrantTypes\[0\]: must be/],
      ['a grant type that is no list', { authorizedGrantTypes: 'client_credentials' }, /must be an array/],
      ['missing methods', { clientAuthenticationMethods: undefined }, /clientAuthenticationMethods: is req/],
      ['no methods', { clientAuthenticationMethods: [] }, /clientAuthenticationMethods: must have at least/],
      ['no secret at all', { clientAuthenticationMethods: ['none'] }, /clientAuthenticationMethods\[0\]: /],
      ['a lifetime of nothing', { accessTokenValidity: 0 }, /accessTokenValidity: must be a whole number/],
      ['a lifetime above the ceiling', { accessTokenValidity: 3601 }, /accessTokenValidity: .*1 to 3600/],
      ['a lifetime in text', { accessTokenValidity: '60' }, /accessTokenValidity: must be a whole number/],
      ['a fraction of a second', { accessTokenValidity: 1.5 }, /accessTokenValidity: must be a whole number/],
      ['an endless refresh token', { refreshTokenValidity: 1e12 }, /refreshTokenValidity: .*1 to 31536000/],
      ['no e-mail address', { clientEmail: 'nobody' }, /clientEmail: must be an e-mail address/],
      ['a short secret', { clientSecret: '1234567' }, /clientSecret: must have 8 to 256/],
      ['a long secret', { clientSecret: 'x'.repeat(257) }, /clientSecret: must have 8 to 256/],
      ['a secret with NUL', { clientSecret: 'secret\0secret' }, /clientSecret: must not contain the NUL/],
      ['a broken generated secret', { clientSecret: 'cls_secret' }, /\[0\]\.clientSecret: .*cls_/],
      ['a secret of null', { clientSecret: null }, /clientSecret: must not be null/],
      ['a role that does not exist', rolesOf({ ROLE_NO: [] }), /\[0\]\.clientPermissions\.roles\.ROLE_NO: /],
      [
        'a tenant that does not exist',
        rolesOf({ ROLE_API: ['tenant1', 'no'] }),
        /\[0\]\.clientPermissions\.roles\.ROLE_API\[1\]: must be a tenant/,
      ],
      [
        'roles of a wrong form',
        rolesOf({ ROLE_API: 'tenant1' }),
        /clientPermissions\.roles\.ROLE_API: must be/,
      ],
      ['a scope with a blank', { scope: ['a b'] }, /\[0\]\.scope\[0\]: must be a scope token/],
      ['a resource with a blank', { resourceIds: ['a b'] }, /\[0\]\.resourceIds\[0\]: /],
      ['a redirection with a fragment', { redirectUri: ['https://a/#b'] }, /\[0\]\.redirectUri\[0\]: /],
      ['a redirection to a script', { redirectUri: ['javascript:alert(1)'] }, /\[0\]\.redirectUri\[0\]: /],
      ['an unknown field', { isAdmin: true }, /\[0\]\.isAdmin: is not a known field/],
      ['a field of the domain', { tokenGeneration: 7 }, /\[0\]\.tokenGeneration: is not a known field/],
      [
        'an unknown nested field',
        { clientPermissions: { role: {} } },
        /\[0\]\.clientPermissions\.role: is not/,
      ],
      ['a flag in text', { enabled: 'false' }, /\[0\]\.enabled: must be true or false/],
    ];
    for (const [what, change, detail] of refused) {
      it(`refuses ${what}, and names the field`, async () => {
        const answer = await create([clientBody(change as Record<string, unknown>)]);
        assertError(answer, 400, detail);
        assert.doesNotMatch(answer.text, /secret\\u0000|1234567/);
      });
    }

    it('refuses an array with more than a hundred chosen secrets, each of which costs a slow hash', async () => {
      const json = Array.from({ length: 101 }, () => clientBody({ clientSecret: 'a secret of my own' }));
      assertError(await create(json), 400, /clientSecret: must be left out of all but 100/);
      assert.equal((await create(Array.from({ length: 250 }, () => clientBody()))).status, 200);
    });

    it('refuses a body that is no object or array of objects', async () => {
      for (const json of [[], [[]], [null], 'x', 1, null, ['x']]) {
        assertError(await create(json), 400, /must/);
      }
      assertError(await api('POST', '/clients'), 400, /missing/);
    });
  });

  describe('all or nothing', () => {
    it('400: one bad element refuses the whole array, and is named', async () => {
      const before = await count();
      const json = [clientBody(), clientBody(), clientBody({ accessTokenValidity: 9999 })];
      assertError(await create(json), 400, /\[2\]\.accessTokenValidity: /);
      assert.equal(await count(), before);
    });

    it('400: the same id twice refuses the whole array', async () => {
      const before = await count();
      const clientId = uniqueName('client');
      const json = [clientBody({ clientId }), clientBody(), clientBody({ clientId })];
      assertError(await create(json), 400, /\[2\]\.clientId: must not repeat/);
      assert.equal(await count(), before);
    });

    it('403: one grant beyond the caller refuses the whole array', async () => {
      const before = await count();
      const json = [clientBody(), clientBody(rolesOf({ ROLE_ADMIN: [] }))];
      assertError(await create(json), 403, /ROLE_ADMIN is beyond/);
      assert.equal(await count(), before);
    });

    it('409: one taken id refuses the whole array, and is named', async () => {
      const before = await count();
      const json = [clientBody(), clientBody({ clientId: organization.admin.clientId }), clientBody()];
      assertError(await create(json), 409, /element \[1\] is taken/);
      assert.equal(await count(), before);
    });

    it('409: of two simultaneous arrays with one id in common one wins as a whole', async () => {
      const clientId = uniqueName('client');
      const before = await count();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => {
          const shared = clientBody({ clientId });
          return create(index % 2 ? [shared, clientBody()] : [clientBody(), shared]);
        }),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(409)]);
      assert.equal(await count(), before + 2);
    });
  });

  it('409: says the same whether the taken id is the own or a stranger’s', async () => {
    const stranger = await createOrganization(server);
    const own = await create(clientBody({ clientId: organization.admin.clientId }));
    const foreign = await create(clientBody({ clientId: stranger.admin.clientId }));
    assert.equal(own.status, 409);
    assert.equal(own.text, foreign.text);
  });

  it('writes one audit event per client and credential in the same transaction, without the secret', async () => {
    const { body } = await create([clientBody(), clientBody({ clientSecret: 'correct horse battery' })]);
    const events = await server.database.query<{ action: string; details: object }>(
      `select action, details from audit_event where details ->> 'clientId' = any($1) or target_id = any($1)`,
      [body.map(({ clientId }: { clientId: string }) => clientId)],
    );
    assert.deepEqual(events.map(({ action }) => action).sort(), [
      'client.created',
      'client.created',
      'credential.issued',
      'credential.issued',
    ]);
    assert.doesNotMatch(JSON.stringify(events), /correct horse|hash/);
  });
});

function rolesOf(roles: object): Record<string, unknown> {
  return { clientPermissions: { roles } };
}
