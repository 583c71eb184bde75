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
  requestByPost,
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

  describe('values that are not text', () => {
    const names = ['grant_type', 'scope', 'client_id', 'client_secret', 'resource', 'code', 'foo'];
    const values: Record<string, string> = {
      NUL: '%00',
      'CR and LF': 'a%0d%0ab',
      tab: 'a%09b',
      DEL: '%7f',
      'a lone surrogate': '%ed%a0%80',
      'invalid UTF-8': '%ff%fe',
      'over-long UTF-8': '%c0%80',
      'a cut sequence': '%e2%82',
      'an invalid escape': '%ZZ',
      'a cut escape': 'a%',
      'another cut escape': 'a%4',
    };
    for (const [what, value] of Object.entries(values)) {
      it(`refuses ${what} in whatever parameter, and in a name (P-034, P-035)`, async () => {
        for (const name of names) {
          const others = name === 'grant_type' ? '' : 'grant_type=client_credentials&';
          assertRefused(await sendBody(`${others}${name}=${value}`), 400, 'invalid_request');
        }
        assertRefused(await sendBody(`grant_type=client_credentials&${value}=x`), 400, 'invalid_request');
      });

      it(`refuses ${what} as part of the secret in the body, not taking it literally (P-035)`, async () => {
        const body = `${tokenForm({ client_id: client.clientId })}&client_secret=${client.secret}${value}`;
        const answer = await server.request('POST', '/oauth/token', {
          headers: { 'content-type': formMediaType },
          body,
        });
        assertRefused(answer, 400, 'invalid_request');
      });
    }

    it('refuses the same as bare bytes (P-034)', async () => {
      for (const bytes of [[0], [0x0d, 0x0a], [0xff, 0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
        const body = Buffer.concat([Buffer.from('grant_type=client_credentials&scope='), Buffer.from(bytes)]);
        assertRefused(await sendBody(body), 400, 'invalid_request');
      }
    });

    it('takes a plus for a blank and %2B for a plus (P-036)', async () => {
      const secret = 'plus+ and blank';
      const { clientId } = await createClient(server, organization.customerId, organization.token, {
        clientSecret: secret,
      });
      const send = (encoded: string) =>
        server.request('POST', '/oauth/token', {
          headers: { 'content-type': formMediaType },
          body: `${tokenForm({ client_id: clientId })}&client_secret=${encoded}`,
        });
      assertIssued(await send('plus%2B+and+blank'));
      assertIssued(await send('plus%2b%20and%20blank'));
      assertRefused(await send('plus++and+blank'), 401, 'invalid_client');
      assertRefused(await send('plus%2B%2Band%2Bblank'), 401, 'invalid_client');
    });
  });

  describe('lengths', () => {
    it('takes a client_id of 255 characters and none that is longer (P-037)', async () => {
      const clientId = `long-${organization.customerId}`.padEnd(255, 'x');
      const longest = await createClient(server, organization.customerId, organization.token, { clientId });
      assertIssued(await requestByBasic(server, longest));
      assertIssued(await requestByPost(server, longest));
      const longer = { clientId: `${clientId}x`, secret: longest.secret };
      assertRefused(await requestByBasic(server, longer), 401, 'invalid_client');
      assertRefused(await requestByPost(server, longer), 400, 'invalid_request');
    });

    it('takes a secret of 256 characters and none that is longer (P-037)', async () => {
      const clientSecret = 'é'.repeat(256);
      const longest = await createClient(server, organization.customerId, organization.token, {
        clientSecret,
      });
      assertIssued(await requestByBasic(server, longest));
      assertIssued(await requestByPost(server, longest));
      for (const more of ['x', 'x'.repeat(768)]) {
        const longer = { clientId: longest.clientId, secret: clientSecret + more };
        assertRefused(await requestByBasic(server, longer), 401, 'invalid_client');
      }
      const tooLong = { clientId: longest.clientId, secret: clientSecret + 'x'.repeat(769) };
      assertRefused(await requestByBasic(server, tooLong), 401, 'invalid_client');
      assertRefused(await requestByPost(server, tooLong), 400, 'invalid_request');
    });

    it('takes a scope of 8192 characters and none that is longer (P-033, P-037)', async () => {
      const longest = `bb${' a'.repeat(4095)}`;
      assert.equal(longest.length, 8192);
      assertIssued(await requestByBasic(server, client, { scope: longest }));
      assertRefused(await requestByBasic(server, client, { scope: `a ${longest}` }), 400, 'invalid_request');
    });

    it('refuses 10 000 scopes before it looks at any of them (P-033)', async () => {
      const scope = Array.from({ length: 10_000 }, (_, index) => `s${index}`).join(' ');
      assertRefused(await requestByBasic(server, client, { scope }), 400, 'invalid_request');
      assertRefused(
        await requestByBasic(server, client, { scope: 'a '.repeat(10_000) }),
        400,
        'invalid_request',
      );
    });

    it('refuses any other parameter of more than 1024 characters, and more than 100 of them (P-037)', async () => {
      const resource = `https://api.example.test/${'x'.repeat(1000)}`;
      assertRefused(await requestByBasic(server, client, { resource }), 400, 'invalid_request');
      const assertion = { client_assertion: 'x'.repeat(16_385) };
      assertRefused(
        await server.request('POST', '/oauth/token', { form: tokenForm(assertion) }),
        400,
        'invalid_request',
      );
      const foos = Array.from({ length: 100 }, (_, index) => `f${index}=`).join('&');
      assertRefused(await sendBody(`grant_type=client_credentials&${foos}`), 400, 'invalid_request');
    });
  });
});
