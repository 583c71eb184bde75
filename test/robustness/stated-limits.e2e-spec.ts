import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createMarked, type MarkedOrganization } from '../security/support/two-organizations.js';
import type { Answer } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { assertHandled } from './support/expectations.js';
import { type ApiDescription, describeApi, type Operation } from './support/operations.js';
import { bodyWith, limitsOf, type StatedLimit } from './support/stated-limits.js';

/** Not there unless it is switched on. */
const switchedOff = '/leaks/github';

/*
 * The document is made of the declarations that also check what comes in (apps/auth-server/src/http/fields), so that a
 * limit which is added is tested without anybody's doing.
 */
describe('every limit that the OpenAPI document states', () => {
  let server: TestServer;
  let api: ApiDescription;
  let organization: MarkedOrganization;
  before(async () => {
    server = await startServer();
    api = await describeApi(server);
    organization = await createMarked(server, api);
  });
  after(() => server.close());

  it('lets pass what is at it, and refuses what is one beyond, by the name of the field and the rule', async () => {
    const operations = api.operations.filter(({ path }) => path !== switchedOff);
    const faults: string[] = [];
    let tested = 0;
    for (const operation of operations) {
      for (const limit of limitsOf(api, operation)) {
        const beyond = await ask(operation, limit, limit.beyond);
        assertHandled(api, operation, beyond);
        if (beyond.status !== 400 || !beyond.text.includes(limit.name) || !beyond.text.includes(limit.rule))
          faults.push(
            `${operation.name} ${where(limit)} beyond: ${beyond.status} ${beyond.text.slice(0, 300)}`,
          );
        const atLimit = await ask(operation, limit, limit.atLimit);
        assertHandled(api, operation, atLimit);
        if (atLimit.text.includes(limit.rule))
          faults.push(
            `${operation.name} ${where(limit)} at it: ${atLimit.status} ${atLimit.text.slice(0, 300)}`,
          );
        tested++;
      }
    }
    assert.deepEqual(faults, []);
    assert.ok(tested > 400, `only ${tested} were found`);
  });

  async function ask(operation: Operation, { path, name }: StatedLimit, value: unknown): Promise<Answer> {
    const target = organization.knowledge.fillPath(operation.path);
    const token = await tokenFor(operation);
    if (!path)
      return server.request(operation.method, `${target}?${new URLSearchParams({ [name]: String(value) })}`, {
        token,
      });
    const [mediaType = ''] = Object.keys(operation.requestBody?.content ?? {});
    return server.request(operation.method, target, {
      token,
      headers: { 'content-type': mediaType },
      body: JSON.stringify(bodyWith(operation, path, value)),
    });
  }

  async function tokenFor(operation: Operation): Promise<string> {
    const { anyOf = [] } =
      (operation as { 'x-required-permission'?: { anyOf: string[] } })['x-required-permission'] ?? {};
    return anyOf.join() === 'ROLE_ADMIN' ? server.operatorToken() : organization.token;
  }
});

function where({ path, name, rule }: StatedLimit): string {
  return `${path?.join('.') ?? `?${name}`} ${rule}`;
}
