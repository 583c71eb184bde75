import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { RequestOptions } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { type ErrorCase, errorCases } from './support/error-shapes.js';

const unlimited = { settings: { adminRateLimit: { requests: 100_000, seconds: 10 } } };

/** Each of these on each surface, in the surface's own words. */
describe('an error', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let cases: ErrorCase[];
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server, unlimited);
    cases = errorCases(organization.customerId);
  });
  after(() => server.close());

  /** Asks every surface and asserts the status, the shape, and what is said besides. */
  const onEverySurface = async (
    status: number,
    ask: (of: ErrorCase) => readonly [method: string, path: string, options?: RequestOptions] | undefined,
    says?: (of: ErrorCase) => string | undefined,
  ) => {
    for (const of of cases) {
      const [method, path, options] = ask(of) ?? [];
      if (!method || !path) continue;
      const answer = await server.request(method, path, { token: organization.token, ...options });
      assert.equal(answer.status, status, `${of.name}: ${answer.text}`);
      of.assertError(answer, status);
      const word = says?.(of);
      if (word) assert.ok(answer.text.includes(word), `${of.name} does not name ${word}: ${answer.text}`);
    }
  };
  const json = { 'content-type': 'application/json' };

  it('for malformed JSON', () =>
    onEverySurface(400, ({ create }) => ['POST', create, { body: '{"name": ', headers: json }]));

  it('for an invalid field names the field', () =>
    onEverySurface(
      400,
      ({ create, invalid: [body] }) => ['POST', create, { json: body }],
      ({ invalid: [, field] }) => field,
    ));

  it('for a missing field names the field', () =>
    onEverySurface(
      400,
      ({ create, incomplete }) => incomplete && ['POST', create, { json: incomplete[0] }],
      ({ incomplete }) => incomplete?.[1],
    ));

  it('for an unknown id', () => onEverySurface(404, ({ byId, unknownId }) => byId(unknownId)));

  it('for the id of another organization is that for an unknown id, to the letter', async () => {
    const other = await createOrganization(server, unlimited);
    const others = errorCases(other.customerId);
    for (const [index, of] of cases.entries()) {
      const theirs = others[index] as ErrorCase;
      const created = await server.request('POST', theirs.create, { token: other.token, json: theirs.valid });
      assert.ok(created.status < 300, created.text);
      const [foreign, unknown] = await Promise.all(
        [theirs.idOf(created.body), of.unknownId].map(async (id) => {
          const [method, path] = of.byId(id);
          const headers = { 'x-request-id': '0123456789abcdef0123456789abcdef' };
          const answer = await server.request(method, path, { token: organization.token, headers });
          const names = [...answer.headers].filter(([name]) => !/^(date|ratelimit)$/.test(name));
          return { status: answer.status, text: answer.text, headers: names };
        }),
      );
      assert.deepEqual(foreign, unknown, of.name);
      assert.equal(foreign?.status, 404);
    }
  });

  it('for no token challenges for one', async () => {
    for (const of of cases) {
      const answer = await server.request('POST', of.create, { json: of.valid });
      assert.equal(answer.status, 401, answer.text);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer (?!.*error=)/);
      of.assertError(answer, 401);
    }
  });

  it('for an insufficient permission, and nothing is done', async () => {
    const nobody = await createClient(server, organization.customerId, organization.token, {
      defaultRolesAssignmentEnabled: false,
    });
    const token = await server.token(nobody);
    await onEverySurface(403, ({ create, valid }) => ['POST', create, { token, json: valid }]);
  });

  it('for a wrong media type', () =>
    onEverySurface(415, ({ create }) => [
      'POST',
      create,
      { body: 'a,b', headers: { 'content-type': 'text/csv' } },
    ]));

  it('for an unknown route below the base path', () =>
    onEverySurface(404, ({ basePath }) => ['GET', `${basePath}/no/such/route/at/all`]));

  it('for a body that is too large', () =>
    onEverySurface(413, ({ create }) => ['POST', create, { json: { name: 'x'.repeat(1_100_000) } }]));

  it('for too many requests says when to try again', async () => {
    const limited = await createOrganization(server, {
      settings: { adminRateLimit: { requests: 5, seconds: 60 } },
    });
    const { token } = limited;
    for (let i = 0; i < 5; i++) await server.request('GET', '/oauth-clients', { token });
    for (const of of errorCases(limited.customerId)) {
      const answer = await server.request('POST', of.create, { token, json: of.valid });
      assert.equal(answer.status, 429, `${of.name}: ${answer.text}`);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
      of.assertError(answer, 429);
    }
  });

  describe('while the database is away', () => {
    let proxy: DatabaseProxy;
    let cutOff: TestServer;
    before(async () => {
      proxy = await proxyDatabaseOf(server);
      cutOff = await startServer({ sharing: proxy.behind, settings: { databaseOutageGraceSeconds: 0 } });
      proxy.cut();
    });
    after(async () => {
      proxy.restore();
      await cutOff.close();
      await proxy.close();
    });

    it('says when to try again', async () => {
      for (const of of cases) {
        const { token } = organization;
        const answer = await cutOff.request('POST', of.create, { token, json: of.valid });
        assert.equal(answer.status, 503, `${of.name}: ${answer.text}`);
        assert.ok(Number(answer.headers.get('retry-after')) > 0);
        of.assertError(answer, 503);
      }
    });
  });

  it('for an expired token', async () => {
    server.advanceClock(3601);
    for (const of of cases) {
      const answer = await server.request('POST', of.create, { token: organization.token, json: of.valid });
      assert.equal(answer.status, 401, answer.text);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
      of.assertError(answer, 401);
    }
  });
});
