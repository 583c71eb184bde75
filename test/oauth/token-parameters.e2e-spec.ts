import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { RequestOptions } from '../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import {
  assertIssued,
  assertRefused,
  formMediaType,
  requestByBasic,
  tokenForm,
} from '../support/token-requests.js';

/** Every parameter that RFC 6749, 7521, 7636, 8628, 8693 and 8707 define for the token endpoint. */
const protocolParameters = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
  'resource',
  'audience',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'assertion',
  'username',
  'password',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'device_code',
];

describe('POST /oauth/token, its parameters', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    client = await createClient(server, organization.customerId, organization.token, {
      scope: ['a', 'bb'],
      resourceIds: ['https://api.example.test'],
    });
  });
  after(() => server.close());
  /** Sends a body that is more than names and values; authenticated by header. */
  const sendBody = (body: string | Buffer) =>
    server.request('POST', '/oauth/token', {
      basic: [client.clientId, client.secret],
      headers: { 'content-type': formMediaType },
      body,
    });

  describe('400 invalid_request for what is sent twice', () => {
    for (const name of protocolParameters) {
      it(`refuses ${name} twice, with equal values and with different ones (P-017)`, async () => {
        for (const second of ['x', 'y']) {
          const form = tokenForm();
          if (name !== 'client_id' && name !== 'client_secret') {
            form.append(name, name === 'grant_type' ? 'client_credentials' : 'x');
            if (name !== 'grant_type') form.append(name, second);
            const answer = await requestByBasic(server, client, {}, { form });
            // An assertion beside the header is two ways of authentication, which is as bad.
            assertRefused(answer, 400, 'invalid_request');
            if (!name.startsWith('client_assertion')) assert.match(answer.body.error_description, /repeated/);
            continue;
          }
          form.append('client_id', client.clientId);
          form.append('client_secret', client.secret);
          form.append(name, second === 'x' ? (form.get(name) as string) : second);
          const answer = await server.request('POST', '/oauth/token', { form });
          assertRefused(answer, 400, 'invalid_request');
          assert.match(answer.body.error_description, /repeated/);
        }
      });
    }

    it('refuses a repetition of which one is empty (P-017)', async () => {
      assertRefused(await sendBody('grant_type=client_credentials&grant_type='), 400, 'invalid_request');
      assertRefused(await sendBody('scope=&grant_type=client_credentials&scope=a'), 400, 'invalid_request');
    });

    it('refuses a repetition that hides behind another spelling of the name (P-017)', async () => {
      assertRefused(
        await sendBody('grant_type=client_credentials&scope=a&%73cope=bb'),
        400,
        'invalid_request',
      );
    });
  });

  describe('names that only look like parameters', () => {
    for (const name of ['scope[]', 'scope[0]', 'scope.0', 'Scope', ' scope', 'scope ', '__proto__[scope]']) {
      it(`takes "${name}" for an unknown parameter and not for a scope (P-018)`, async () => {
        const answer = await requestByBasic(server, client, { [name]: 'never-granted' });
        assertIssued(answer);
        assert.equal(answer.body.scope, 'a bb');
      });
    }

    it('takes client_id[$ne] and the like for no credentials (P-018)', async () => {
      const form = tokenForm({
        'client_id[$ne]': 'x',
        'client_secret[$ne]': 'x',
        'client_id[]': client.clientId,
        'client_secret[]': client.secret,
      });
      assertRefused(await server.request('POST', '/oauth/token', { form }), 401, 'invalid_client');
    });

    it('is not polluted by __proto__, constructor or prototype (P-018)', async () => {
      const form = tokenForm({
        __proto__: 'x',
        constructor: 'x',
        '__proto__[client_id]': client.clientId,
        'constructor[prototype][client_secret]': client.secret,
      });
      form.append('__proto__', 'y');
      assertRefused(await server.request('POST', '/oauth/token', { form }), 401, 'invalid_client');
      assert.equal(({} as Record<string, unknown>)['client_id'], undefined);
    });
  });

  describe('unknown parameters', () => {
    it('change nothing (P-019)', async () => {
      const plain = await requestByBasic(server, client);
      const answer = await requestByBasic(server, client, {
        foo: 'bar',
        baz: '',
        admin: 'true',
        tenant: 't',
      });
      assertIssued(answer);
      assert.deepEqual(Object.keys(answer.body), Object.keys(plain.body));
      assert.equal(answer.body.scope, plain.body.scope);
      assert.equal(answer.body.expires_in, plain.body.expires_in);
    });

    it('may repeat (P-020)', async () => {
      assertIssued(await sendBody('foo=1&grant_type=client_credentials&foo=1&foo=2'));
    });
  });

  describe('what is empty or missing', () => {
    it('takes an empty grant_type for a missing one (P-021)', async () => {
      const answer = await requestByBasic(server, client, { grant_type: '' });
      assertRefused(answer, 400, 'invalid_request');
      assert.match(answer.body.error_description, /grant_type is missing/);
    });

    it('takes an empty scope, resource or credential for an omitted one (P-021)', async () => {
      const answer = await requestByBasic(server, client, {
        scope: '',
        resource: '',
        client_id: '',
        client_secret: '',
        client_assertion: '',
      });
      assertIssued(answer);
      assert.equal(answer.body.scope, 'a bb');
    });

    it('asks for a grant_type, also when there is no body at all (P-022)', async () => {
      const basic = [client.clientId, client.secret] as const;
      const bodies: RequestOptions[] = [{ form: { scope: 'a' } }, { form: {} }, {}];
      for (const options of bodies) {
        const answer = await server.request('POST', '/oauth/token', { basic, ...options });
        assertRefused(answer, 400, 'invalid_request');
        assert.match(answer.body.error_description, /grant_type is missing/);
      }
    });
  });

  describe('grant_type', () => {
    for (const grantType of [
      'foo',
      'Client_Credentials',
      'CLIENT_CREDENTIALS',
      ' client_credentials',
      'client_credentials ',
      'client_credentials client_credentials',
      'password',
      'implicit',
      'token',
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:saml2-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:device_code',
      '__proto__',
      'constructor',
    ]) {
      it(`is not supported as "${grantType}" (P-023, P-025, P-026)`, async () => {
        const extra = { username: 'u', password: 'p', code: 'c', refresh_token: 'r', assertion: 'a' };
        const answer = await requestByBasic(server, client, { ...extra, grant_type: grantType });
        assertRefused(answer, 400, 'unsupported_grant_type');
      });
    }

    it('must be one that the client is registered for (P-024)', async () => {
      const other = await createClient(server, organization.customerId, organization.token, {
        authorizedGrantTypes: ['authorization_code'],
        redirectUri: ['https://app.example.test/callback'],
      });
      assertRefused(await requestByBasic(server, other), 400, 'unauthorized_client');
    });
  });
});
