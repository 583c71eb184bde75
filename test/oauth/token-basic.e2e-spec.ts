import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import { type Answer, basicHeader } from '../support/http-client.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import {
  assertIssued,
  assertRefused,
  formMediaType,
  requestByBasic,
  requestByPost,
  tokenForm,
} from '../support/token-requests.js';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

describe('POST /oauth/token by client_secret_basic', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let client: TestClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    client = await create();
  });
  after(() => server.close());

  const create = (overrides: Record<string, unknown> = {}) =>
    createClient(server, organization.customerId, organization.token, overrides);
  const sendHeader = (authorization: string, parameters: Record<string, string> = {}) =>
    server.request('POST', '/oauth/token', { form: tokenForm(parameters), headers: { authorization } });
  const pair = () => `${client.clientId}:${client.secret}`;

  describe('200', () => {
    it('issues a token for the right secret (P-038)', async () => {
      assertIssued(await requestByBasic(server, client));
    });

    for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
      it(`reads the scheme written ${scheme} (P-044)`, async () => {
        assertIssued(await sendHeader(`${scheme} ${base64(pair())}`));
      });
    }

    it('reads id and secret form-encoded within the header (P-039)', async () => {
      const clientSecret = 'p+ %:/é-&=?';
      const clientId = `id +%:/${client.clientId}`;
      await create({ clientId, clientSecret });
      const secret = 'p%2B+%25%3A%2F%C3%A9-%26%3D%3F';
      const id = `id+%2B%25%3A%2F${client.clientId}`;
      assertIssued(await sendHeader(`Basic ${base64(`${id}:${secret}`)}`));
      assertIssued(await requestByBasic(server, { clientId, secret: clientSecret }));
      const unencoded = `id +%:/${client.clientId}:${clientSecret}`;
      assertRefused(await sendHeader(`Basic ${base64(unencoded)}`), 400, 'invalid_request');
    });

    it('splits at the first colon, for a client that does not encode its secret (P-040)', async () => {
      const { clientId } = await create({ clientSecret: 'one:two::three:' });
      assertIssued(await sendHeader(`Basic ${base64(`${clientId}:one:two::three:`)}`));
      assertRefused(await sendHeader(`Basic ${base64(`${clientId}:one`)}`), 401, 'invalid_client');
      assertRefused(await sendHeader(`Basic ${base64(`${clientId}:one:two`)}`), 401, 'invalid_client');
    });

    it('generates secrets that read the same encoded and not (P-041)', async () => {
      const secrets = new Set<string>();
      for (const _ of Array(5).keys()) secrets.add((await create()).secret);
      assert.equal(secrets.size, 5);
      for (const secret of secrets) assert.match(secret, /^cls_[A-Za-z0-9]{43}_[A-Za-z0-9]{6}$/);
      assertIssued(await sendHeader(`Basic ${base64(pair())}`));
    });

    it('takes a client_id in the body that is the same (P-050)', async () => {
      assertIssued(await requestByBasic(server, client, { client_id: client.clientId }));
    });
  });

  describe('401 invalid_client', () => {
    it('challenges for a wrong secret (P-042)', async () => {
      const answer = await requestByBasic(server, { ...client, secret: 'wrong-secret' });
      assertRefused(answer, 401, 'invalid_client');
      assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="clientele", charset="UTF-8"');
    });

    it('answers the same for a wrong secret and for an unknown client (P-043)', async () => {
      const wrongGenerated = await create();
      const answers = [
        await requestByBasic(server, { ...client, secret: 'wrong-secret' }),
        await requestByBasic(server, { ...client, secret: wrongGenerated.secret }),
        await requestByBasic(server, {
          ...client,
          secret: client.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        }),
        await requestByBasic(server, { clientId: 'nobody-of-this-name', secret: 'wrong-secret' }),
        await requestByBasic(server, { clientId: 'nobody-of-this-name', secret: client.secret }),
      ];
      const [first, ...others] = answers.map(withoutIds);
      for (const [index, other] of others.entries()) assert.deepEqual(other, first, `answer ${index + 1}`);
      assertRefused(answers[0] as Answer, 401, 'invalid_client');
    });

    it('answers the same for a disabled client and for one of a suspended organization (P-043)', async () => {
      const disabled = await create({ enabled: false });
      const unknown = withoutIds(await requestByBasic(server, { clientId: 'nobody', secret: client.secret }));
      assert.deepEqual(withoutIds(await requestByBasic(server, disabled)), unknown);
      const suspended = await createOrganization(server);
      const other = await createClient(server, suspended.customerId, suspended.token);
      await suspend(server, suspended.customerId);
      assert.deepEqual(withoutIds(await requestByBasic(server, other)), unknown);
    });

    it('never takes an empty secret, whoever the client is (P-048)', async () => {
      const { clientId } = await create();
      await server.database.query(
        `update credential set revoked_at = now() where client_row_id = (select id from client where client_id = $1)`,
        [clientId],
      );
      for (const id of [client.clientId, clientId, 'nobody', '']) {
        assertRefused(await sendHeader(`Basic ${base64(`${id}:`)}`), 401, 'invalid_client');
        const form = tokenForm({ client_id: id, client_secret: '' });
        assertRefused(await server.request('POST', '/oauth/token', { form }), 401, 'invalid_client');
      }
    });

    it('repeats nothing of what was submitted (P-051)', async () => {
      const marks = { clientId: 'mark-of-the-id', secret: 'mark-of-the-secret' };
      for (const answer of [await requestByBasic(server, marks), await requestByPost(server, marks)]) {
        assertRefused(answer, 401, 'invalid_client');
        assert.doesNotMatch(`${answer.text}${JSON.stringify([...answer.headers])}`, /mark-of-the/);
      }
    });
  });

  describe('a malformed header', () => {
    const malformed: Record<string, () => string> = {
      'no credentials': () => 'Basic',
      'blanks for credentials': () => 'Basic   ',
      'an empty value': () => '',
      'what is not Base64': () => 'Basic !!!',
      'no colon': () => `Basic ${base64(client.clientId)}`,
      'a colon alone': () => `Basic ${base64(':')}`,
      'the plain pair': () => `Basic ${pair()}`,
      'a NUL': () => `Basic ${base64(`${pair()}\0`)}`,
      'CR and LF': () => `Basic ${base64(`${pair()}\r\nX: y`)}`,
      'a NUL, encoded': () => `Basic ${base64(`${client.clientId}:%00${client.secret}`)}`,
      'invalid UTF-8': () =>
        `Basic ${base64(Buffer.concat([Buffer.from(pair()), Buffer.from([0xff, 0xfe])]))}`,
      'a byte order mark': () => `Basic ${base64(`\ufeff${pair()}`)}`,
      'an invalid escape': () => `Basic ${base64(`${pair()}%ZZ`)}`,
      'a cut escape': () => `Basic ${base64(`${pair()}%`)}`,
      'padding in the middle': () => `Basic ${base64('a')}${base64(pair())}`,
      'too much padding': () => `Basic ${base64(pair()).replace(/=*$/, '===')}`,
      'something behind it': () => `Basic ${base64(pair())} more`,
      'a second scheme behind it': () => `Basic ${base64(pair())}, Bearer x`,
      'another scheme': () => `Digest username="${client.clientId}"`,
      'a bearer token': () => 'Bearer xyz',
      'a scheme run together': () => `Basic${base64(pair())}`,
    };
    for (const [what, header] of Object.entries(malformed)) {
      it(`with ${what} is refused (P-045, P-046)`, async () => {
        const answer = await sendHeader(header());
        assert.ok(answer.status === 400 || answer.status === 401, answer.text);
        assertRefused(answer, answer.status, answer.status === 400 ? 'invalid_request' : 'invalid_client');
      });

      it(`with ${what} is not made up for by the body (P-045, P-046)`, async () => {
        const answer = await sendHeader(header(), {
          client_id: client.clientId,
          client_secret: client.secret,
        });
        assertRefused(answer, 400, 'invalid_request');
      });
    }

    it('in the alphabet of URLs is refused (P-045)', async () => {
      const clientSecret = 'ÿÿÿ>>>???~~~';
      const { clientId } = await create({ clientSecret });
      const standard = base64(`${clientId}:${clientSecret}`);
      const url = standard.replaceAll('+', '-').replaceAll('/', '_');
      assert.notEqual(url, standard);
      assertIssued(await sendHeader(`Basic ${standard}`));
      assertRefused(await sendHeader(`Basic ${url}`), 401, 'invalid_client');
    });

    it('without its padding, or with stray bits in front of it, is refused (P-045)', async () => {
      // 19 + 1 + 8 bytes leave one over, so that two characters of padding follow.
      const clientId = uniqueName('client').padEnd(19, 'x');
      const clientSecret = 'a-secret';
      await create({ clientId, clientSecret });
      const encoded = base64(`${clientId}:${clientSecret}`);
      assert.match(encoded, /[AQgw]==$/);
      assertIssued(await sendHeader(`Basic ${encoded}`));
      const stray = encoded.replace(/.==$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}==`);
      for (const wrong of [encoded.slice(0, -1), encoded.slice(0, -2), `${encoded}=`, stray]) {
        assertRefused(await sendHeader(`Basic ${wrong}`), 401, 'invalid_client');
      }
    });
  });

  describe('400 invalid_request', () => {
    it('refuses two Authorization headers, equal or not (P-047)', async () => {
      const body = tokenForm().toString();
      const right = `Authorization: ${basicHeader(client.clientId, client.secret)}`;
      for (const second of [right, 'authorization: Basic bm9ib2R5Ong=', 'Authorization: Bearer x']) {
        for (const lines of [
          [right, second],
          [second, right],
        ]) {
          const answer = await sendRaw(
            server.url,
            rawRequest(
              'POST /oauth/token HTTP/1.1',
              [
                'Host: localhost',
                ...lines,
                `Content-Type: ${formMediaType}`,
                `Content-Length: ${body.length}`,
                'Connection: close',
              ],
              body,
            ),
          );
          assertRefused(answer, 400, 'invalid_request');
        }
      }
    });

    it('refuses a client_id in the body that is not that of the header (P-050)', async () => {
      const other = await create();
      for (const id of [other.clientId, 'nobody', client.clientId.toUpperCase()]) {
        assertRefused(await requestByBasic(server, client, { client_id: id }), 400, 'invalid_request');
      }
    });
  });
});

/** The answer but for its request id and its date, which differ always. */
function withoutIds({ status, headers, text }: Answer): unknown {
  const kept = [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  return { status, text, headers: kept };
}

async function suspend(server: TestServer, customerId: string): Promise<void> {
  const path = `/oauth/customers/${customerId}`;
  const token = await server.operatorToken();
  const { body } = await server.request('GET', path, { token });
  const answer = await server.request('PUT', path, { token, json: { ...body, enabled: false } });
  if (answer.status !== 200) throw new Error(`The organization was not suspended: ${answer.text}`);
}
