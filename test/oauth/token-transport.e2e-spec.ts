import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { basicHeader } from '../support/http-client.js';
import { rawRequest, sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';
import {
  assertIssued,
  assertRefused,
  assertTokenEndpointHeaders,
  formMediaType,
  requestByBasic,
  tokenForm,
} from '../support/token-requests.js';

const requestLine = 'POST /oauth/token HTTP/1.1';
const body = tokenForm().toString();

describe('POST /oauth/token, as it is carried', () => {
  let server: TestServer;
  let authorization: string;
  before(async () => {
    server = await startServer();
    authorization = `Authorization: ${basicHeader(server.operator.clientId, server.operator.secret)}`;
  });
  after(() => server.close());

  const typeLine = `Content-Type: ${formMediaType}`;
  const usual = () => ['Host: localhost', authorization, typeLine, 'Connection: close'];
  const lengthLine = `Content-Length: ${body.length}`;

  it('issues a token for a request sent byte by byte as the other tests vary it', async () => {
    assertIssued(await sendRaw(server.url, rawRequest(requestLine, [...usual(), lengthLine], body)));
  });

  describe('other methods', () => {
    it('refuses GET with the parameters in the query, and says that POST is allowed (P-001)', async () => {
      const { clientId, secret } = server.operator;
      const query = tokenForm({ client_id: clientId, client_secret: secret });
      const answer = await server.request('GET', `/oauth/token?${query}`);
      assertRefused(answer, 405, 'invalid_request');
      assert.equal(answer.headers.get('allow'), 'POST');
    });

    for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
      it(`refuses ${method} with everything that POST needs (P-002)`, async () => {
        const answer = await sendRaw(
          server.url,
          rawRequest(`${method} /oauth/token HTTP/1.1`, [...usual(), lengthLine], body),
        );
        assertRefused(answer, 405, 'invalid_request');
        assert.equal(answer.headers.get('allow'), 'POST');
      });
    }

    it('refuses HEAD without running the handler (P-002)', async () => {
      const answer = await sendRaw(
        server.url,
        rawRequest('HEAD /oauth/token HTTP/1.1', [...usual(), lengthLine], body),
      );
      assert.equal(answer.status, 405);
      assert.equal(answer.rest + answer.text, '');
      assertTokenEndpointHeaders(answer);
    });

    it('does not let a header or a parameter turn one method into another (P-002)', async () => {
      const answer = await server.request('GET', '/oauth/token?_method=POST', {
        basic: [server.operator.clientId, server.operator.secret],
        headers: { 'x-http-method-override': 'POST' },
      });
      assertRefused(answer, 405, 'invalid_request');
    });
  });

  describe('the query string', () => {
    it('is no place for credentials (P-003)', async () => {
      const { clientId, secret } = server.operator;
      const query = tokenForm({ client_id: clientId, client_secret: secret });
      assertRefused(
        await server.request('POST', `/oauth/token?${query}`, { form: {} }),
        401,
        'invalid_client',
      );
      assertRefused(
        await server.request('POST', `/oauth/token?${query}`, { form: tokenForm() }),
        401,
        'invalid_client',
      );
      assertRefused(await server.request('POST', `/oauth/token?${query}`), 401, 'invalid_client');
    });

    it('is no place for any other parameter either (P-003)', async () => {
      const answer = await server.request('POST', '/oauth/token?grant_type=client_credentials', {
        basic: [server.operator.clientId, server.operator.secret],
        form: {},
      });
      assertRefused(answer, 400, 'invalid_request');
    });
  });

  describe('the media type', () => {
    const credentials = () => [server.operator.clientId, server.operator.secret] as const;
    const send = (contentType: string | undefined, payload: string | Buffer) => {
      const lines = ['Host: localhost', authorization, 'Connection: close'];
      if (contentType !== undefined) lines.push(`Content-Type: ${contentType}`);
      const head = rawRequest(requestLine, [...lines, `Content-Length: ${payload.length}`]);
      return sendRaw(server.url, Buffer.concat([Buffer.from(head), Buffer.from(payload)]));
    };

    it('must not be JSON (P-005)', async () => {
      const json = { grant_type: 'client_credentials', client_id: 'operator', client_secret: 'x' };
      assertRefused(
        await server.request('POST', '/oauth/token', { basic: credentials(), json }),
        415,
        'invalid_request',
      );
      assertRefused(await send('application/json', '{"grant_type":'), 415, 'invalid_request');
    });

    it('must not be missing (P-006)', async () => {
      assertRefused(await send(undefined, body), 415, 'invalid_request');
    });

    it('must not be missing on an empty body either, which has no grant type (P-006)', async () => {
      assertRefused(await send(undefined, ''), 400, 'invalid_request');
    });

    for (const type of [
      'text/plain',
      'multipart/form-data; boundary=b',
      'application/xml',
      'application/x-www-form-urlencoded-not',
      'nonsense',
      'application/x-www-form-urlencoded, application/json',
    ]) {
      it(`must not be ${type} (P-006)`, async () => {
        assertRefused(await send(type, body), 415, 'invalid_request');
      });
    }

    it('must not be multipart, though it be well-formed (P-006)', async () => {
      const multipart =
        '--b\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--b--';
      assertRefused(await send('multipart/form-data; boundary=b', multipart), 415, 'invalid_request');
    });

    for (const type of [
      `${formMediaType};charset=UTF-8`,
      `${formMediaType} ; charset=utf-8`,
      `${formMediaType}; charset="utf-8"`,
      'Application/X-WWW-Form-URLencoded; Charset=Utf-8',
    ]) {
      it(`may be written "${type}" (P-007)`, async () => {
        assertIssued(await send(type, body));
      });
    }

    for (const charset of ['iso-8859-1', 'utf-16', 'utf-7', '"us-ascii"', 'utf-8-not']) {
      it(`must not name the charset ${charset} (P-008)`, async () => {
        assertRefused(await send(`${formMediaType}; charset=${charset}`, body), 415, 'invalid_request');
      });
    }

    it('must not name two charsets (P-008)', async () => {
      assertRefused(
        await send(`${formMediaType}; charset=utf-8; charset=utf-16`, body),
        415,
        'invalid_request',
      );
    });
  });

  describe('an encoded body', () => {
    const zeros = Buffer.alloc(20_000_000, 'a');
    const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync };
    for (const [encoding, encode] of Object.entries(encoders)) {
      it(`is refused as ${encoding}, small or as a bomb (P-009)`, async () => {
        for (const payload of [encode(Buffer.from(body)), encode(zeros)]) {
          const lines = [...usual(), `Content-Encoding: ${encoding}`, `Content-Length: ${payload.length}`];
          const answer = await sendRaw(server.url, rawRequest(requestLine, lines), payload);
          assertRefused(answer, 415, 'invalid_request');
        }
      });
    }
  });

  describe('the body', () => {
    it('may come in chunks (P-011)', async () => {
      const half = body.length / 2;
      const chunks = [body.slice(0, half), body.slice(half), ''];
      const chunked = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
      const head = rawRequest(requestLine, [...usual(), 'Transfer-Encoding: chunked']);
      assertIssued(await sendRaw(server.url, head, ...chunked));
    });

    it('must not exceed its limit, in one piece or in chunks (P-011)', async () => {
      const large = `${body}&padding=${'a'.repeat(64 * 1024)}`;
      assertRefused(
        await requestByBasic(server, server.operator, { padding: 'a'.repeat(64 * 1024) }),
        413,
        'invalid_request',
      );
      const chunked = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
      const head = rawRequest(requestLine, [...usual(), 'Transfer-Encoding: chunked']);
      assertRefused(await sendRaw(server.url, head, chunked), 413, 'invalid_request');
    });

    it('must have one length only, or the connection ends (P-012)', async () => {
      const open = usual().filter((line) => !line.startsWith('Connection'));
      const smuggled = rawRequest('GET /health/live HTTP/1.1', ['Host: localhost']);
      for (const framing of [
        [lengthLine, lengthLine.replace(/\d+/, '5')],
        [lengthLine, 'Transfer-Encoding: chunked'],
        ['Transfer-Encoding: chunked', lengthLine],
        ['Transfer-Encoding: identity, chunked, nonsense'],
        ['Content-Length: +32'],
        ['Content-Length: 0x20'],
      ]) {
        const answer = await sendRaw(
          server.url,
          rawRequest(requestLine, [...open, ...framing], `${body}${smuggled}`),
        );
        assertRefused(answer, 400, 'invalid_request');
        assert.equal(answer.headers.get('connection'), 'close');
        assert.equal(answer.rest, '', `a second request was answered after ${framing.join(' + ')}`);
      }
    });
  });

  describe('the headers', () => {
    it('must name one host (P-013)', async () => {
      const [, ...others] = usual();
      for (const hosts of [['Host: a', 'Host: b'], ['Host: a', 'host: a'], []]) {
        const answer = await sendRaw(
          server.url,
          rawRequest(requestLine, [...hosts, ...others, lengthLine], body),
        );
        assertRefused(answer, 400, 'invalid_request');
      }
    });

    it('must name one media type, even if it is twice the same (P-013)', async () => {
      const lines = [...usual(), lengthLine];
      for (const second of [typeLine, 'Content-Type: application/json'])
        assertRefused(
          await sendRaw(server.url, rawRequest(requestLine, [...lines, second], body)),
          400,
          'invalid_request',
        );
    });

    it('must not be larger than the server reads (P-072)', async () => {
      const answer = await sendRaw(
        server.url,
        rawRequest(requestLine, [...usual(), lengthLine, `X-Padding: ${'a'.repeat(20_000)}`], body),
      );
      assertRefused(answer, 431, 'invalid_request');
    });

    it('must be HTTP (P-072)', async () => {
      const answer = await sendRaw(server.url, rawRequest(requestLine, ['Host localhost', lengthLine], body));
      assertRefused(answer, 400, 'invalid_request');
    });

    it('get no cookie and make no difference by one (P-015)', async () => {
      const options = { headers: { cookie: 'session=1; __Host-session=2' } };
      assertIssued(await requestByBasic(server, server.operator, {}, options));
      assertRefused(
        await requestByBasic(server, { clientId: 'operator', secret: 'wrong' }, {}, options),
        401,
        'invalid_client',
      );
    });

    it('may hold an expectation, known or not (P-014)', async () => {
      for (const expectation of ['100-continue', 'nonsense']) {
        const lines = [...usual(), lengthLine, `Expect: ${expectation}`];
        assertIssued(await sendRaw(server.url, rawRequest(requestLine, lines), body));
      }
    });
  });
});
