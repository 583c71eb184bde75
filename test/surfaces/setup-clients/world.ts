import assert from 'node:assert/strict';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { askToken, clientBody, createSetup, type TestSetup, type TestSetupClient } from './support.js';

/** A server whose clock may be moved without anybody else noticing. */
export interface World {
  readonly server: TestServer;
  readonly organization: TestOrganization;
  readonly setup: TestSetup;
  /** A moment by the clock of this server. */
  momentIn(seconds: number): string;
  advance(seconds: number): void;
}

/** A server with a setup, and a clock of its own. */
export async function startWorld(): Promise<World> {
  const server = await startServer();
  const organization = await createOrganization(server);
  let ahead = 0;
  return {
    server,
    organization,
    setup: await createSetup(server, organization),
    momentIn: (seconds) => new Date(Date.now() + (ahead + seconds) * 1000).toISOString(),
    advance(seconds) {
      ahead += seconds;
      server.advanceClock(seconds);
    },
  };
}

/** How long the tokens live that a client gets at the moment. */
export async function lifetimeOf(server: TestServer, client: TestSetupClient): Promise<number> {
  const answer = await askToken(server, client);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.expires_in;
}

/** Plans another lifetime for a client. */
export async function plan(
  world: World,
  id: string,
  seconds: number,
  overrides: Record<string, unknown> = {},
): Promise<void> {
  const json = clientBody({ access_token_ttl: 200, valid_from: world.momentIn(seconds), ...overrides });
  const answer = await world.setup.send('PUT', `/clients/${id}`, { json });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.valid_from, json['valid_from']);
}
