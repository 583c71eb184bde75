import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

const rounds = 60;

describe('the time of POST /oauth/revoke', () => {
  let server: TestServer;
  let client: TestClient;
  let sibling: TestClient;
  before(async () => {
    server = await startServer();
    const { customerId, token } = await createOrganization(server);
    client = await createClient(server, customerId, token);
    sibling = await createClient(server, customerId, token);
  });
  after(() => server.close());

  /** How long the client's revocations of these tokens take, one after the other. */
  async function millisecondsOf(tokens: readonly string[]): Promise<number> {
    const startedAt = performance.now();
    for (const token of tokens) {
      const { status } = await server.request('POST', '/oauth/revoke', {
        basic: [client.clientId, client.secret],
        form: { token },
      });
      assert.equal(status, 200);
    }
    return performance.now() - startedAt;
  }

  it('is no longer for a stranger’s token than for an unknown one of the same form (P-131)', async () => {
    const known = await server.token(sibling);
    const [header, claims] = known.split('.');
    const unknown = `${header}.${claims}.${randomBytes(64).toString('base64url')}`;
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let round = 0; round < rounds; round++) {
      times.known.push(await millisecondsOf([known]));
      times.unknown.push(await millisecondsOf([unknown]));
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[rounds / 2] as number;
    const difference = Math.abs(median(times.known) - median(times.unknown));
    assert.ok(difference < 5, `${difference} ms apart`);
  });

  it('does not grow with a flood of revocations (P-130)', async () => {
    const tokens = await Promise.all(Array.from({ length: 300 }, () => server.token(client)));
    const first = await millisecondsOf(tokens.slice(0, 100));
    await millisecondsOf(tokens.slice(100, 200));
    const last = await millisecondsOf(tokens.slice(200));
    assert.ok(last < 3 * first + 200, `${first} ms, then ${last} ms`);
  });
});
