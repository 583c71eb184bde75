import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import {
  assertIssued,
  assertRefused,
  formMediaType,
  requestByBasic,
  requestByPost,
  tokenForm,
} from '../support/token-requests.js';

describe('POST /oauth/token, the values of its parameters', () => {
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
