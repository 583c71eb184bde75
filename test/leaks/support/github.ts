import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '../../support/http-client.js';
import type { TestServer } from '../../support/server.js';

/** A key pair as GitHub's secret scanning has them. */
export class ScannerKey {
  readonly identifier = randomBytes(32).toString('hex');
  readonly publicKey: KeyObject;
  private readonly privateKey: KeyObject;

  constructor(namedCurve = 'prime256v1') {
    ({ publicKey: this.publicKey, privateKey: this.privateKey } = generateKeyPairSync('ec', { namedCurve }));
  }

  /** The headers of a request with this body. */
  headersFor(body: string | Buffer): Record<string, string> {
    return {
      'content-type': 'application/json',
      'github-public-key-identifier': this.identifier,
      'github-public-key-signature': sign('sha256', Buffer.from(body), this.privateKey).toString('base64'),
    };
  }

  /** Sends matches, signed. */
  report(server: TestServer, matches: unknown): Promise<Answer> {
    const body = JSON.stringify(matches);
    return server.request('POST', '/leaks/github', { body, headers: this.headersFor(body) });
  }

  /** Reports one secret, which must be taken. */
  async reportOne(
    server: TestServer,
    secret: string,
    url = 'https://github.com/o/r/blob/1/f',
  ): Promise<void> {
    const answer = await this.report(server, [{ token: secret, type: 'a_secret', url, source: 'commit' }]);
    assert.equal(answer.status, 200, answer.text);
  }
}

/** The list of public keys as https://api.github.com/meta/public_keys/secret_scanning answers it. */
export function keyList(keys: readonly ScannerKey[]): string {
  return JSON.stringify({
    public_keys: keys.map(({ identifier, publicKey }) => ({
      key_identifier: identifier,
      key: publicKey.export({ type: 'spki', format: 'pem' }),
      is_current: true,
    })),
  });
}

/** A file with the keys. */
export async function keyFile(
  keys: readonly ScannerKey[],
): Promise<{ path: string; write(keys: readonly ScannerKey[]): Promise<void>; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'clientele-keys-'));
  const path = join(directory, 'keys.json');
  const write = (these: readonly ScannerKey[]) => writeFile(path, keyList(these));
  await write(keys);
  return { path, write, remove: () => rm(directory, { recursive: true }) };
}
