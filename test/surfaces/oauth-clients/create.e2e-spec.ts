import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { assertError, fixture, oauthClientBody, without } from './support.js';

let server: TestServer;
let organization: TestOrganization;
before(async () => {
  server = await startServer();
  organization = await createOrganization(server, {
    settings: { adminRateLimit: { requests: 10_000, seconds: 10 } },
  });
});
after(() => server.close());

function create(json: unknown, path = '/oauth-clients') {
  return server.request('POST', path, { token: organization.token, json });
}

/** What each field of an answer is, in its order. */
function typesOf(value: object): [string, string][] {
  return Object.entries(value).map(([key, entry]) => [key, Array.isArray(entry) ? 'array' : typeof entry]);
}

describe('POST /oauth-clients', () => {
  describe('200', () => {
    it('answers the document’s request with exactly its keys and types, and its values', async () => {
      const request = fixture('create-client');
      const answer = await create(request);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(typesOf(answer.body), typesOf(fixture('created-client')));
      const { id, secret, created, modified, ...echoed } = answer.body;
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.match(secret, /^[0-9a-f]{64}$/);
      for (const time of [created, modified]) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.deepEqual(echoed, request);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    });

    it('is the same under /v3', async () => {
      const answer = await create(fixture('create-client'), '/v3/oauth-clients');
      assert.equal(answer.status, 200, answer.text);
      const { token } = organization;
      const read = await server.request('GET', `/oauth-clients/${answer.body.id}`, { token });
      const readAgain = await server.request('GET', `/v3/oauth-clients/${answer.body.id}`, { token });
      assert.equal(read.status, 200);
      assert.deepEqual(readAgain.body, read.body);
    });

    it('has the defaults of the contract', async () => {
      const { body } = await create(oauthClientBody());
      assert.equal(body.type, 'CONFIDENTIAL');
      assert.equal(body.refreshTokenValiditySeconds, 0);
      assert.deepEqual(body.redirectUris, []);
      assert.deepEqual(body.scope, ['sp:scopes:all']);
      for (const name of ['businessName', 'homepageUrl']) assert.equal(body[name], null, name);
      for (const name of ['internal', 'strongAuthSupported', 'claimsSupported']) {
        assert.equal(body[name], false, name);
      }
    });

    it('sets a lifetime of refresh tokens of a day with REFRESH_TOKEN', async () => {
      const request = without(fixture('create-client'), 'refreshTokenValiditySeconds');
      assert.equal((await create(request)).body.refreshTokenValiditySeconds, 86_400);
    });

    it('takes null where the contract has it, and ignores what it does not know', async () => {
      const answer = await create(
        oauthClientBody({
          businessName: null,
          homepageUrl: null,
          redirectUris: null,
          scope: null,
          id: 'f'.repeat(32),
          secret: 'chosen-by-the-caller',
          created: '2017-07-11T18:45:37.098Z',
          organizationId: 'x',
          whatever: { a: 1 },
        }),
      );
      assert.equal(answer.status, 200, answer.text);
      assert.notEqual(answer.body.id, 'f'.repeat(32));
      assert.notEqual(answer.body.secret, 'chosen-by-the-caller');
      assert.deepEqual(answer.body.scope, ['sp:scopes:all']);
      assert.deepEqual(answer.body.redirectUris, []);
    });

    it('gives a public client no secret, and lets it nowhere in', async () => {
      const answer = await create(
        oauthClientBody({
          type: 'PUBLIC',
          grantTypes: ['AUTHORIZATION_CODE'],
          redirectUris: ['https://app.example.com/back'],
        }),
      );
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.secret, null);
      const token = await server.request('POST', '/oauth/token', {
        form: {
          grant_type: 'client_credentials',
          client_id: answer.body.id,
          client_secret: 'anything-at-all',
        },
      });
      assert.equal(token.body.error, 'invalid_client');
    });

    it('never answers the secret again', async () => {
      const { body } = await create(oauthClientBody());
      const { token } = organization;
      const read = await server.request('GET', `/oauth-clients/${body.id}`, { token });
      const list = await server.request('GET', '/oauth-clients', { token });
      assert.equal(read.body.secret, null);
      for (const { text } of [read, list]) assert.ok(!text.includes(body.secret));
    });
  });

  describe('400', () => {
    const required = [
      'name',
      'description',
      'accessTokenValiditySeconds',
      'grantTypes',
      'accessType',
      'enabled',
    ];
    for (const name of required) {
      it(`names ${name} when it is missing`, async () => {
        const answer = await create(without(oauthClientBody(), name));
        assertError(answer, 400, '400.1 Bad Request Content', new RegExp(`^${name}: is required`, 'm'));
      });

      it(`names ${name} when it is null`, async () => {
        const answer = await create(oauthClientBody({ [name]: null }));
        assertError(answer, 400, '400.1 Bad Request Content', new RegExp(`^${name}: must not be null`, 'm'));
      });
    }

    const invalid: readonly [field: string, values: readonly unknown[]][] = [
      ['name', [' ', '', 5, 'a\tb']],
      ['description', [' \n', {}]],
      ['accessTokenValiditySeconds', [0, -1, 43_201, 1.5, '750']],
      ['refreshTokenValiditySeconds', [null, -1, 31_536_001, '1']],
      ['grantTypes', [[], ['client_credentials'], ['PASSWORD'], 'CLIENT_CREDENTIALS', [null]]],
      ['grantTypes', [['REFRESH_TOKEN'], ['CLIENT_CREDENTIALS', 'REFRESH_TOKEN']]],
      [
        'redirectUris',
        [['/relative'], ['https://a.example/#x'], ['javascript:alert(1)'], 'https://a.example', [1]],
      ],
      ['accessType', ['offline', 'BOTH', 1]],
      ['type', [null, 'WEB', 'public']],
      ['enabled', ['true', 1]],
      ['homepageUrl', ['ftp://a.example', 'a.example', 'http://', 7]],
      ['businessName', [7, 'x'.repeat(256)]],
      ['internal', [null, 'false']],
      ['strongAuthSupported', [null, 0]],
      ['claimsSupported', [null, 'no']],
      ['scope', ['sp:scopes:all', ['with blank'], [''], ['"'], [7], ['a', 'a']]],
    ];
    for (const [field, values] of invalid) {
      for (const value of values) {
        it(`names ${field} when it is ${JSON.stringify(value).slice(0, 60)}`, async () => {
          const answer = await create(oauthClientBody({ [field]: value }));
          assertError(answer, 400, '400.1 Bad Request Content', new RegExp(`^${field}\\b`, 'm'));
        });
      }
    }

    it('refuses AUTHORIZATION_CODE without a redirect URI', async () => {
      for (const redirectUris of [undefined, null, []]) {
        const answer = await create(oauthClientBody({ grantTypes: ['AUTHORIZATION_CODE'], redirectUris }));
        assertError(answer, 400, '400.1 Bad Request Content', /^redirectUris: must have at least one URI/m);
      }
    });

    it('refuses CLIENT_CREDENTIALS for a public client', async () => {
      const answer = await create(oauthClientBody({ type: 'PUBLIC' }));
      assertError(
        answer,
        400,
        '400.1 Bad Request Content',
        /^grantTypes: must not contain CLIENT_CREDENTIALS/m,
      );
    });

    it('refuses refresh tokens that live for no time', async () => {
      const answer = await create({ ...fixture('create-client'), refreshTokenValiditySeconds: 0 });
      assertError(
        answer,
        400,
        '400.1 Bad Request Content',
        /^refreshTokenValiditySeconds: must be at least 1/m,
      );
    });

    it('refuses a body that is no object', async () => {
      for (const body of [[], [oauthClientBody()], 'text', 5, null]) {
        assertError(await create(body), 400, '400.1 Bad Request Content');
      }
    });
  });
});
