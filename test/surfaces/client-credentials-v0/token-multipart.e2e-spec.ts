import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization } from '../../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { surfaceAt } from '../../support/surfaces.js';
import {
  asParts,
  boundary,
  field,
  fieldsOf,
  lastBoundary,
  multipart,
  part,
  sendMultipart,
  tokenPath,
} from './support/token-forms.js';

let server: TestServer;
let client: TestClient;

before(async () => {
  server = await startServer();
  const v0 = surfaceAt(server, '/api/v0', await createOrganization(server));
  const { body } = await v0('POST', '/client-credentials', { json: {} });
  client = { clientId: body.clientId, secret: body.secret };
});
after(() => server.close());

describe('POST /api/v0/oauth/token with multipart/form-data', () => {
  describe('200', () => {
    it('takes what HTTP clients make of a FormData', async () => {
      const form = new FormData();
      for (const [name, value] of fieldsOf(client)) form.append(name, value);
      const response = await fetch(server.url + tokenPath, { method: 'POST', body: form });
      assert.equal(response.status, 200, await response.text());
    });

    it('takes parts that name their text as such', async () => {
      const text = 'Content-Type: text/plain; charset=utf-8\r\n';
      const parts = fieldsOf(client).map(([name, value]) => field(name, value, text));
      assert.equal((await sendMultipart(server, ...parts)).status, 200);
    });
  });

  describe('400', () => {
    const malformed: readonly (readonly [what: string, parts: () => string[]])[] = [
      ['a file', () => [part('form-data; name="ClientSecret"; filename="s.txt"', client.secret)]],
      ['a part that is no text', () => [field('ClientSecret', 'x', 'Content-Type: application/json\r\n')]],
      ['a part without a name', () => [part('form-data', 'x')]],
      ['more than 100 parts', () => Array.from({ length: 101 }, (_, i) => field(`f${i}`, 'x'))],
      ['a name that is too long', () => [field('n'.repeat(200), 'x')]],
      ['a control character', () => [field('x', 'a\u0000b')]],
      ['a line break in a value', () => [field('ClientId', 'a\r\nb')]],
    ];
    for (const [what, parts] of malformed) {
      it(`refuses a multipart body with ${what}`, async () => {
        const answer = await sendMultipart(server, ...asParts(fieldsOf(client)), ...parts());
        assert.equal(answer.status, 400, answer.text);
        assert.match(answer.body.errors['$'][0], /^The form body /);
      });
    }

    it('refuses multipart bytes that are no UTF-8', async () => {
      const text = `${asParts(fieldsOf(client)).join('')}${field('x', '!')}--${boundary}--\r\n`;
      const body = Buffer.from(text);
      body[body.lastIndexOf('!')] = 0xff;
      const answer = await server.request('POST', tokenPath, { headers: multipart, body });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.body.errors['$'][0], /not valid UTF-8/);
    });

    for (const [what, body] of [
      ['ends too early', `--${boundary}\r\nContent-Disposition: form-data; name="ClientId"\r\n\r\nabc`],
      ['has no end', `--${boundary}\r\n`],
      ['has another boundary', '--another\r\n\r\n--another--\r\n'],
      ['is none', 'GrantType=client_credentials'],
      ['is empty', ''],
    ] as const) {
      it(`refuses a multipart body that ${what}`, async () => {
        const answer = await server.request('POST', tokenPath, { headers: multipart, body });
        assert.equal(answer.status, 400, answer.text);
      });
    }

    for (const type of [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      `multipart/form-data; boundary=${'b'.repeat(500)}`,
    ]) {
      it(`refuses ${type.slice(0, 40)}`, async () => {
        const body = asParts(fieldsOf(client)).join('') + lastBoundary;
        const answer = await server.request('POST', tokenPath, { headers: { 'content-type': type }, body });
        assert.equal(answer.status, 400, answer.text);
      });
    }
  });

  describe('413', () => {
    it('refuses a form of more than 64 KiB', async () => {
      const answer = await sendMultipart(
        server,
        ...asParts(fieldsOf(client)),
        field('x', 'a'.repeat(66_000)),
      );
      assert.equal(answer.status, 413);
      assert.equal(answer.body.status, 413);
    });
  });

  describe('415', () => {
    it('takes no multipart body anywhere else', async () => {
      const body = asParts(fieldsOf(client)).join('') + lastBoundary;
      assert.equal((await server.request('POST', '/oauth/token', { headers: multipart, body })).status, 415);
    });
  });
});
