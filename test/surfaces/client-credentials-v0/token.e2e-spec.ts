import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { comparable, nativeApi } from '../../customers/support/native-api.js';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { decodeToken } from '../../support/forged-token.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { surfaceAt } from '../../support/surfaces.js';
import {
  asParts,
  changed,
  type Fields,
  fieldsOf,
  sendMultipart,
  sendUrlencoded,
  tokenPath,
} from './support/token-forms.js';

let server: TestServer;
let organization: TestOrganization;
let client: TestClient;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  client = await make();
});
after(() => server.close());

async function make(json: object = {}, at = server, by = organization): Promise<TestClient> {
  const { body } = await surfaceAt(at, '/api/v0', by)('POST', '/client-credentials', { json });
  return { clientId: body.clientId, secret: body.secret };
}

describe('POST /api/v0/oauth/token', () => {
  describe('200', () => {
    for (const [how, ask] of [
      ['form-urlencoded', () => sendUrlencoded(server, fieldsOf(client))],
      ['multipart', () => sendMultipart(server, ...asParts(fieldsOf(client)))],
    ] as const) {
      it(`answers exactly three keys to a ${how} request`, async () => {
        const answer = await ask();
        assert.equal(answer.status, 200, answer.text);
        const { accessToken } = answer.body;
        assert.deepEqual(answer.body, { accessToken, tokenType: 'bearer', expiresIn: 3600 });
        assert.deepEqual(Object.keys(answer.body), ['accessToken', 'tokenType', 'expiresIn']);
        const { claims } = decodeToken(accessToken);
        assert.equal(claims['client_id'], client.clientId);
        assert.equal(claims['exp'] - claims['iat'], 3600);
        assert.equal(answer.headers.get('cache-control'), 'no-store');
      });
    }

    for (const names of [
      ['grant_type', 'client_id', 'client_secret'],
      ['granttype', 'CLIENTID', 'clientsecret'],
      ['Grant_Type', 'ClientId', 'client_secret'],
    ]) {
      it(`takes the field names ${names.join(', ')}`, async () => {
        const fields = fieldsOf(client).map(([, value], i) => [names[i], value] as [string, string]);
        assert.equal((await sendUrlencoded(server, fields)).status, 200);
        assert.equal((await sendMultipart(server, ...asParts(fields))).status, 200);
      });
    }

    it('ignores fields that it does not know, be they repeated', async () => {
      const more: Fields = [
        ['Audience', 'a'],
        ['Audience', 'b'],
        ['', 'x'],
      ];
      assert.equal((await sendUrlencoded(server, [...fieldsOf(client), ...more])).status, 200);
      assert.equal(
        (await sendMultipart(server, ...asParts([...more.slice(0, 2), ...fieldsOf(client)]))).status,
        200,
      );
    });

    it('gives no more than the scope that is asked for', async () => {
      const scoped = await createClient(server, organization.customerId, organization.token, {
        scope: ['read', 'write'],
      });
      const scopeOf = async (more: Fields) => {
        const { body } = await sendUrlencoded(server, [...fieldsOf(scoped), ...more]);
        return body.accessToken && decodeToken(body.accessToken).claims['scope'];
      };
      assert.equal(await scopeOf([]), 'read write');
      assert.equal(await scopeOf([['Scope', 'read']]), 'read');
      assert.equal((await sendUrlencoded(server, [...fieldsOf(scoped), ['scope', 'admin']])).status, 400);
    });

    it('answers the client’s own lifetime', async () => {
      const short = await createClient(server, organization.customerId, organization.token, {
        accessTokenValidity: 60,
      });
      assert.equal((await sendUrlencoded(server, fieldsOf(short))).body.expiresIn, 60);
    });
  });

  describe('400', () => {
    for (const name of ['ClientId', 'ClientSecret']) {
      for (const [how, fields] of [
        ['missing', () => fieldsOf(client).filter(([each]) => each !== name)],
        ['empty', () => changed(fieldsOf(client), name, '')],
      ] as const) {
        it(`names the ${name} that is ${how}`, async () => {
          for (const answer of [
            await sendUrlencoded(server, fields()),
            await sendMultipart(server, ...asParts(fields())),
          ]) {
            assert.equal(answer.status, 400, answer.text);
            assert.deepEqual(answer.body.errors, { [name]: ['is required'] });
          }
        });
      }
    }

    it('names both when there is no body at all', async () => {
      const answer = await server.request('POST', tokenPath);
      assert.equal(answer.status, 400);
      assert.deepEqual(Object.keys(answer.body.errors), ['ClientId', 'ClientSecret']);
    });

    for (const grantType of ['password', 'Client_Credentials', 'authorization_code', '']) {
      it(`refuses the grant type "${grantType}"`, async () => {
        const answer = await sendUrlencoded(server, changed(fieldsOf(client), 'GrantType', grantType));
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.body.errors['$'][0], /grant.?type/i);
      });
    }

    for (const [first, second] of [
      ['ClientId', 'ClientId'],
      ['ClientId', 'clientid'],
      ['ClientSecret', 'client_secret'],
      ['GrantType', 'grant_type'],
      ['Scope', 'SCOPE'],
    ] as const) {
      it(`refuses ${first} together with ${second}, be their values the same`, async () => {
        const value = fieldsOf(client).find(([name]) => name === first)?.[1] ?? '';
        const others = fieldsOf(client).filter(([name]) => name !== first);
        const fields: Fields = [...others, [first, value], [second, value]];
        for (const answer of [
          await sendUrlencoded(server, fields),
          await sendMultipart(server, ...asParts(fields)),
        ]) {
          assert.equal(answer.status, 400, answer.text);
          assert.match(answer.body.errors['$'][0], /must not be repeated/);
        }
      });
    }
  });

  describe('401', () => {
    it('answers the same whatever is wrong with id or secret', async () => {
      const own = await startServer({ sharing: server });
      try {
        const admin = { ...organization, token: await own.token(organization.admin) };
        const deleted = await make({}, own, admin);
        const at = surfaceAt(own, '/api/v0', admin);
        await at('DELETE', `/client-credentials/${deleted.clientId}`);
        const revoked = await make({}, own, admin);
        const native = nativeApi(own, admin);
        const [{ credentialId }] = (await native('GET', `/clients/${revoked.clientId}/credentials`)).body;
        await native('POST', `/clients/${revoked.clientId}/credentials/${credentialId}/revoke`);
        const expired = await make({ expires: new Date(Date.now() + 30_000).toISOString() }, own, admin);
        own.advanceClock(30);
        const basicOnly = await createClient(own, organization.customerId, admin.token, {
          clientAuthenticationMethods: ['client_secret_basic'],
        });
        const wrong = { ...client, secret: 'iObGKtihdEScOmDiZxZ+6Q==' };
        const unknown = { ...client, clientId: 'ac9ab00ff44745d199981506313cfa72' };
        const answers = [];
        for (const by of [wrong, unknown, deleted, revoked, expired, basicOnly]) {
          const answer = await sendUrlencoded(own, fieldsOf(by));
          const { traceId: _, ...body } = answer.body;
          answers.push({ ...comparable(answer), text: '', body });
        }
        for (const answer of answers) assert.deepEqual(answer, answers[0]);
        assert.deepEqual(answers[0]?.body, { type: 'about:blank', title: 'Unauthorized', status: 401 });
      } finally {
        await own.close();
      }
    });

    it('does not take the secret of another client', async () => {
      const other = await make();
      assert.equal((await sendUrlencoded(server, fieldsOf({ ...client, secret: other.secret }))).status, 401);
    });
  });

  describe('415', () => {
    for (const type of ['application/json', 'text/plain', 'multipart/mixed; boundary=x']) {
      it(`refuses ${type}`, async () => {
        const headers = { 'content-type': type };
        const answer = await server.request('POST', tokenPath, { headers, body: '{}' });
        assert.equal(answer.status, 415, answer.text);
      });
    }
  });

  describe('429', () => {
    it('stops guessing, and says for how long', async () => {
      const own = await startServer({ sharing: server });
      try {
        const guess = () => sendUrlencoded(own, changed(fieldsOf(client), 'ClientSecret', 'a wrong guess'));
        for (let i = 0; i < 20; i++) assert.equal((await guess()).status, 401);
        const { status, body, headers } = await guess();
        assert.deepEqual([status, body.status, body.title], [429, 429, 'Too Many Requests']);
        assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      } finally {
        await own.close();
      }
    });
  });
});
