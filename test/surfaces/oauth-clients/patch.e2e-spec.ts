import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { assertError, createOAuthClient, fixture, oauthClientBody, patch } from './support.js';

let server: TestServer;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server, {
    settings: { adminRateLimit: { requests: 10_000, seconds: 10 } },
  });
});
after(() => server.close());

async function createFull(overrides: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const json = { ...fixture('create-client'), ...overrides };
  const created = await server.request('POST', '/oauth-clients', { token: organization.token, json });
  assert.equal(created.status, 200, created.text);
  return created.body.id;
}

async function read(id: string) {
  return (await server.request('GET', `/oauth-clients/${id}`, { token: organization.token })).body;
}

const send = (id: string, operations: unknown) => patch(server, organization.token, id, operations);

describe('PATCH /oauth-clients/{id}', () => {
  describe('200', () => {
    const changes: readonly [name: string, value: unknown][] = [
      ['businessName', 'Acme-Wind'],
      ['businessName', null],
      ['homepageUrl', 'https://wind.example.com/start'],
      ['name', 'Renamed'],
      ['description', 'Two\nlines'],
      ['accessTokenValiditySeconds', 43_200],
      ['refreshTokenValiditySeconds', 60],
      ['redirectUris', ['https://a.example/back', 'com.example.app:/back']],
      ['grantTypes', ['CLIENT_CREDENTIALS', 'AUTHORIZATION_CODE']],
      ['accessType', 'ONLINE'],
      ['enabled', false],
      ['strongAuthSupported', true],
      ['claimsSupported', true],
    ];
    for (const [name, value] of changes) {
      it(`replaces ${name} by ${JSON.stringify(value)}, and nothing else`, async () => {
        const id = await createFull();
        const before = await read(id);
        const answer = await send(id, [{ op: 'replace', path: `/${name}`, value }]);
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(answer.body, { ...before, [name]: value, modified: answer.body.modified });
        assert.ok(answer.body.modified > before.modified);
        assert.deepEqual(await read(id), answer.body);
      });
    }

    it('knows every operation, and applies them in their order', async () => {
      const id = await createFull({ redirectUris: ['https://a.example/1', 'https://a.example/2'] });
      const answer = await send(id, [
        { op: 'test', path: '/redirectUris/1', value: 'https://a.example/2' },
        { op: 'test', path: '/scope', value: fixture('create-client').scope },
        { op: 'add', path: '/redirectUris/-', value: 'https://a.example/3' },
        { op: 'remove', path: '/redirectUris/0' },
        { op: 'add', path: '/redirectUris/0', value: 'https://a.example/0' },
        { op: 'move', from: '/redirectUris/2', path: '/redirectUris/0' },
        { op: 'copy', from: '/name', path: '/businessName' },
        { op: 'replace', path: '/name', value: 'New', ignored: true },
        { op: 'test', path: '/name', value: 'New' },
        { op: 'remove', path: '/homepageUrl' },
      ]);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(answer.body.redirectUris, [
        'https://a.example/3',
        'https://a.example/0',
        'https://a.example/2',
      ]);
      assert.equal(answer.body.businessName, 'Demo API Client');
      assert.equal(answer.body.homepageUrl, null);
      assert.equal(answer.body.name, 'New');
    });

    it('writes nothing for a patch that changes nothing', async () => {
      const id = await createFull();
      const before = await read(id);
      for (const operations of [[], [{ op: 'replace', path: '/name', value: before.name }]]) {
        const answer = await send(id, operations);
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.body, before);
      }
      assert.deepEqual(await read(id), before);
    });

    it('gives REFRESH_TOKEN its usual lifetime when it is added', async () => {
      const id = await createFull({
        grantTypes: ['AUTHORIZATION_CODE'],
        refreshTokenValiditySeconds: undefined,
      });
      assert.equal((await read(id)).refreshTokenValiditySeconds, 0);
      const { body } = await send(id, [{ op: 'add', path: '/grantTypes/-', value: 'REFRESH_TOKEN' }]);
      assert.equal(body.refreshTokenValiditySeconds, 86_400);
    });

    it('changes a client that was made on the native API, and leaves what it does not touch', async () => {
      const { customerId, token } = organization;
      const client = await createClient(server, customerId, token, {
        clientPermissions: { roles: { ROLE_ADMIN_TENANT: ['tenant1'] } },
        scope: ['read'],
        resourceIds: ['https://api.example'],
      });
      const path = `/oauth/customers/${customerId}/clients/${client.clientId}`;
      const { body: before } = await server.request('GET', path, { token });
      const answer = await send(client.clientId, [{ op: 'replace', path: '/name', value: 'Shown' }]);
      assert.equal(answer.status, 200, answer.text);
      const { body: afterwards } = await server.request('GET', path, { token });
      assert.deepEqual(afterwards, { ...before, clientName: 'Shown' });
    });

    it('can disable every client, also one that breaks a rule of this surface', async () => {
      const { customerId, token } = organization;
      const client = await createClient(server, customerId, token, {
        authorizedGrantTypes: ['authorization_code'],
        redirectUri: [],
      });
      const answer = await send(client.clientId, [{ op: 'replace', path: '/enabled', value: false }]);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.enabled, false);
    });

    it('loses no change of two that are made at once', async () => {
      const id = await createFull();
      const uris = Array.from({ length: 8 }, (_, i) => `https://a.example/${i}`);
      const answers = await Promise.all(
        uris.map((value) => send(id, [{ op: 'add', path: '/redirectUris/-', value }])),
      );
      for (const answer of answers) assert.equal(answer.status, 200, answer.text);
      assert.deepEqual((await read(id)).redirectUris.slice(1).sort(), uris);
    });
  });

  describe('400', () => {
    const fixed = [
      'id',
      'secret',
      'type',
      'internal',
      'scope',
      'created',
      'modified',
      'lastUsed',
      'metadata',
    ];
    for (const name of [...fixed, 'clientId', 'owner', '']) {
      it(`refuses to touch ${name === '' ? 'the whole' : name}`, async () => {
        const id = await createFull();
        const before = await read(id);
        const pointer = name === '' ? '' : `/${name}`;
        for (const operation of [
          { op: 'replace', path: pointer, value: before[name] ?? null },
          { op: 'add', path: pointer, value: 'x' },
          { op: 'remove', path: pointer },
          { op: 'move', from: pointer, path: '/description' },
          { op: 'copy', from: '/name', path: pointer },
        ]) {
          const answer = await send(id, [operation]);
          assertError(answer, 400, '400.1 Bad Request Content', /^\[0\]\.(path|from): must/);
        }
        assert.deepEqual(await read(id), before);
      });
    }

    it('applies all or nothing', async () => {
      const id = await createFull();
      const before = await read(id);
      const good = { op: 'replace', path: '/name', value: 'Changed' };
      for (const bad of [
        { op: 'test', path: '/enabled', value: false },
        { op: 'test', path: '/nothing', value: null },
        { op: 'remove', path: '/redirectUris/1' },
        { op: 'replace', path: '/accessTokenValiditySeconds', value: 0 },
        { op: 'replace', path: '/enabled', value: 'no' },
      ]) {
        assertError(await send(id, [good, bad]), 400, '400.1 Bad Request Content');
      }
      assert.deepEqual(await read(id), before);
    });

    it('names the test that failed', async () => {
      const answer = await send(await createFull(), [
        { op: 'replace', path: '/enabled', value: false },
        { op: 'test', path: '/name', value: 'Another' },
      ]);
      assertError(answer, 400, '400.1 Bad Request Content', /^\[1\]: the test failed$/);
    });

    const broken: readonly [why: string, operation: unknown][] = [
      ['no object', 5],
      ['no op', { path: '/name' }],
      ['an unknown op', { op: 'merge', path: '/name', value: 'x' }],
      ['no path', { op: 'replace', value: 'x' }],
      ['a path that is no pointer', { op: 'replace', path: 'name', value: 'x' }],
      ['a path with a bad escape', { op: 'replace', path: '/name~2', value: 'x' }],
      ['no value', { op: 'replace', path: '/name' }],
      ['no from', { op: 'copy', path: '/name' }],
      ['an index beyond the end', { op: 'add', path: '/redirectUris/5', value: 'https://a.example' }],
      [
        'an index with a leading zero',
        { op: 'replace', path: '/redirectUris/00', value: 'https://a.example' },
      ],
      ['a member of arrays in JavaScript', { op: 'replace', path: '/redirectUris/length', value: 0 }],
      [
        'a place behind the end to replace',
        { op: 'replace', path: '/redirectUris/-', value: 'https://a.example' },
      ],
      ['a path into a string', { op: 'replace', path: '/name/0', value: 'x' }],
      ['a prototype', { op: 'add', path: '/name/__proto__', value: 'x' }],
      ['a move into itself', { op: 'move', from: '/redirectUris', path: '/redirectUris/0' }],
    ];
    for (const [why, operation] of broken) {
      it(`refuses an operation with ${why}`, async () => {
        const id = await createFull();
        const before = await read(id);
        assertError(await send(id, [operation]), 400, '400.1 Bad Request Content');
        assert.deepEqual(await read(id), before);
      });
    }

    it('re-validates with the rules of creation', async () => {
      const rules: readonly [operation: object, cause: RegExp][] = [
        [{ op: 'remove', path: '/name' }, /^name: is required/],
        [{ op: 'replace', path: '/name', value: ' ' }, /^name: must not be blank/],
        [{ op: 'remove', path: '/accessTokenValiditySeconds' }, /^accessTokenValiditySeconds: is required/],
        [
          { op: 'replace', path: '/accessTokenValiditySeconds', value: 43_201 },
          /^accessTokenValiditySeconds/,
        ],
        [{ op: 'replace', path: '/redirectUris', value: [] }, /^redirectUris: must have at least one/],
        [
          { op: 'add', path: '/redirectUris/0', value: '/relative' },
          /^redirectUris\[0\]: must be an absolute/,
        ],
        [{ op: 'replace', path: '/grantTypes', value: [] }, /^grantTypes: must have at least 1/],
        [
          { op: 'replace', path: '/grantTypes', value: ['REFRESH_TOKEN'] },
          /^grantTypes: may contain REFRESH/,
        ],
        [{ op: 'replace', path: '/grantTypes', value: { a: 1 } }, /^grantTypes: must be an array/],
        [{ op: 'replace', path: '/accessType', value: 'X' }, /^accessType: must be one of/],
        [{ op: 'replace', path: '/enabled', value: null }, /^enabled: must not be null/],
        [{ op: 'replace', path: '/homepageUrl', value: 'x' }, /^homepageUrl: must be an http/],
      ];
      const id = await createFull();
      for (const [operation, cause] of rules) {
        assertError(await send(id, [operation]), 400, '400.1 Bad Request Content', cause);
      }
    });

    it('refuses CLIENT_CREDENTIALS for a public client', async () => {
      const id = await createFull({ type: 'PUBLIC', grantTypes: ['AUTHORIZATION_CODE'] });
      const answer = await send(id, [{ op: 'add', path: '/grantTypes/-', value: 'CLIENT_CREDENTIALS' }]);
      assertError(
        answer,
        400,
        '400.1 Bad Request Content',
        /^grantTypes: must not contain CLIENT_CREDENTIALS/,
      );
    });

    it('refuses a body that is no array of operations, and too many of them', async () => {
      const { clientId } = await createOAuthClient(server, organization.token);
      const test = { op: 'test', path: '/enabled', value: true };
      for (const body of [oauthClientBody(), null, 'x', Array.from({ length: 1_001 }, () => test)]) {
        assertError(await send(clientId, body), 400, '400.1 Bad Request Content');
      }
    });
  });
});
