// @own-process
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';
import { wireFormat } from './support/delivery.js';
import { assertHandled } from './support/expectations.js';
import { type HostileRequest, hostileRequests } from './support/hostile-requests.js';
import { type ApiDescription, describeApi, type Operation } from './support/operations.js';
import { differences, StateReader, type StoredState } from './support/stored-state.js';
import { createWorld, type World } from './support/world.js';

/*
 * HOSTILE_SEED=<n> repeats what was printed, or tries something else; HOSTILE_REQUESTS=<n> sends more requests than
 * a usual run has time for. Without them every run sends the same, so that a failure is the fault of the last change;
 * a busy machine ends it before its last requests.
 */
const { HOSTILE_SEED = '20261121', HOSTILE_REQUESTS } = process.env;
const seed = Number(HOSTILE_SEED);
const requestsInAll = Number(HOSTILE_REQUESTS ?? 1_400);
const shortestTurnMs = 2_000;
const timeLimitMs = HOSTILE_REQUESTS === undefined ? 15_000 : Number.POSITIVE_INFINITY;
const fewestRequests = 10;
const shownCharacters = 1_500;

let server: TestServer;
let api: ApiDescription;
let reader: StateReader;
let state: StoredState;
let world: World;

before(async () => {
  server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
  api = await describeApi(server);
  reader = await StateReader.of(server.database);
  world = await createWorld(server, api);
});
after(() => server.close());

describe('hostile values', () => {
  it('are handled by every operation of the OpenAPI document', async (context) => {
    assert.ok(api.operations.length > 30, 'the document is there');
    const numRuns = Math.max(fewestRequests, Math.ceil(requestsInAll / api.operations.length));
    for (const operation of api.operations) {
      await context.test(operation.name, async () => {
        if (!(await world.isWhole())) world = await createWorld(server, api);
        state = await reader.read();
        const property = fc.asyncProperty(hostileRequests(api, operation), (request) =>
          mustBeHandled(operation, request),
        );
        // A machine that is busy gets time for some requests at least: none at all would be no test.
        const interruptAfterTimeLimit = Math.max(shortestTurnMs, timeLimitMs / api.operations.length);
        const details = await fc.check(property, {
          seed: seedOf(operation),
          numRuns,
          interruptAfterTimeLimit,
        });
        assert.ok(!details.failed, reportOf(details));
        // The next operations need what this one may have deleted.
        if (operation.method === 'DELETE') world = await createWorld(server, api);
      });
    }
  });
});

/** Sends a request and asserts that it is answered properly, and has changed nothing if it was refused. */
async function mustBeHandled(operation: Operation, request: HostileRequest): Promise<void> {
  const answer = await sendRaw(server.url, wireFormat(server, world, operation, request));
  assertHandled(api, operation, answer);
  const before = state;
  state = await reader.read();
  if (answer.status >= 400 || operation.method === 'GET')
    assert.deepEqual(differences(before, state), [], `${answer.status} ${answer.text}`);
}

/** Another one for each operation, or all of them would get the same few of the hostile values. */
function seedOf({ name }: Operation): number {
  return createHash('sha256').update(`${seed} ${name}`).digest().readInt32BE();
}

function reportOf({
  counterexamplePath,
  counterexample,
  errorInstance,
}: fc.RunDetails<[HostileRequest]>): string {
  const request = JSON.stringify(counterexample?.[0], printable)?.slice(0, shownCharacters);
  return `HOSTILE_SEED=${seed}, path ${counterexamplePath}: ${(errorInstance as Error | null)?.message}\n${request}`;
}

/** Bytes as text, long texts by their beginning. */
function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.length > 300)
    return `${value.slice(0, 300)}… (${value.length} characters)`;
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  if (type !== 'Buffer' || !Array.isArray(data)) return value;
  return printable('', Buffer.from(data).toString('latin1'));
}
