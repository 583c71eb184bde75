import assert from 'node:assert/strict';
import { CredentialUsage } from '#libs/credentials';
import type { TestServer } from '../../support/server.js';
import { sceneAt } from './scene.js';
import { buyTokens, countAlive, rowsOf, writtenBetween } from './tokens-of.js';

/**
 * Buys so many tokens with each of two secrets of one client, revokes the first secret and asserts that its tokens
 * are dead and all of its sister's alive, on the instance that revoked and on another one.
 *
 * @returns the tables that the revocation wrote to, one entry a row
 */
export async function killOneOfTwo(
  server: TestServer,
  other: TestServer,
  count: number,
): Promise<readonly string[]> {
  const scene = await sceneAt(server);
  const { clientId, secret } = scene.client;
  const sister = { clientId, secret: (await scene.succeed('POST')).clientSecret as string };
  const doomed = await buyTokens(server, { clientId, secret }, count);
  const spared = await buyTokens(server, sister, count);
  assert.equal(new Set([...doomed, ...spared]).size, 2 * count);
  assert.equal(await countAlive(server, sister, doomed.slice(0, 10)), Math.min(10, count));
  for (const each of [server, other]) await each.app.get(CredentialUsage, { strict: false }).flush();

  const before = await rowsOf(server.database);
  await scene.succeed('POST', `/${scene.firstId}/revoke`);
  const written = writtenBetween(before, await rowsOf(server.database));

  for (const each of [server, other]) {
    assert.equal(await countAlive(each, sister, doomed), 0);
    assert.equal(await countAlive(each, sister, spared), count);
  }
  return written;
}
