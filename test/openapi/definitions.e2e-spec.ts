import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { definitions } from '#app/openapi/definitions';
import { startServer, type TestServer } from '../support/server.js';

describe('the OpenAPI definitions', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('together hold every path of the whole document, each once, but for the probes', async () => {
    const whole = (await server.request('GET', '/openapi.json')).body;
    const parts = await Promise.all(
      definitions.map(async ({ name }) => (await server.request('GET', `/openapi/${name}.json`)).body),
    );
    const paths = parts.flatMap((part) => Object.keys(part.paths));
    assert.equal(new Set(paths).size, paths.length);
    const rest = Object.keys(whole.paths).filter((path) => !paths.includes(path));
    assert.deepEqual(rest.sort(), ['/health/live', '/health/ready', '/metrics']);
  });

  it('each hold at least one operation, and every schema that they refer to', async () => {
    for (const { name } of definitions) {
      const { body, text } = await server.request('GET', `/openapi/${name}.json`);
      assert.notEqual(Object.keys(body.paths).length, 0, name);
      for (const [, schema = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
        assert.ok(schema in body.components.schemas, `${name} lacks ${schema}`);
      }
    }
  });
});
