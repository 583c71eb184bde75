import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Sealer } from '#libs/common';
import { dumpOf } from '../support/database-dump.js';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { startServer, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { secretsIn } from '../support/spellings.js';
import { plantCanaries } from './support/canaries.js';
import { Walk } from './support/walk.js';

describe('after every flow was walked at the log level trace', () => {
  let owner: TestServer;
  let proxy: DatabaseProxy;
  let server: ServerProcess;
  let walk: Walk;
  let metrics: string;
  before(async () => {
    owner = await startServer();
    proxy = await proxyDatabaseOf(owner);
    server = await startServerProcess(proxy.url, { LOG_LEVEL: 'trace' });
    walk = new Walk(server, [owner.operator.clientId, owner.operator.secret]);
    await walk.run();
    const canaries = await plantCanaries(server, [owner.operator.clientId, owner.operator.secret]);
    for (const [name, secret] of canaries) walk.secrets.set(name, secret);
    metrics = (await server.request('GET', '/metrics')).text;
    await server.stop();
    for (const [name, secret] of await keysOf(owner)) walk.secrets.set(name, secret);
  });
  after(async () => {
    await proxy.close();
    await owner.close();
  });

  /** The keys that nobody may see, and the password of the database. */
  async function keysOf({ app, database, settings }: TestServer): Promise<[string, string][]> {
    const keys: [string, string][] = [
      ['the master key', settings.masterKeys[0]?.toString('base64') ?? ''],
      ['the master key, raw', settings.masterKeys[0]?.toString() ?? ''],
      ['the pepper', settings.secretPeppers[0]?.toString('base64') ?? ''],
      ['the pepper, raw', settings.secretPeppers[0]?.toString() ?? ''],
      ['the password of the database', new URL(database.url).password],
    ];
    const rows = await database.query(`select kid, alg, sealed_private_key from signing_key`);
    assert.ok(rows.length >= 5);
    for (const { kid, alg, sealed_private_key: sealed } of rows) {
      const der = app.get(Sealer, { strict: false }).open('signing key', kid, sealed);
      const { d } = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
      keys.push([`the private ${alg} key`, d as string], [`the DER of ${alg}`, der.toString('base64')]);
      keys.push([`the bytes of ${alg}`, Buffer.from(d as string, 'base64url').toString('hex')]);
    }
    return keys.filter(([, secret]) => secret !== '');
  }

  it('there is something to look for, and the search finds it in each encoding (S-01)', () => {
    assert.ok(walk.secrets.size > 45, `${walk.secrets.size}`);
    const needle = new Map([['it', 'a secret, "quoted" & ümlaut']]);
    const [secret = ''] = needle.values();
    const texts = [
      secret,
      JSON.stringify({ secret }),
      encodeURIComponent(secret),
      Buffer.from(`x${secret}`).toString('base64'),
      Buffer.from(`Basic operator:${secret}!`).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ];
    for (const text of texts) assert.deepEqual(secretsIn(text, needle), ['it'], text);
    assert.deepEqual(secretsIn('nothing here', needle), []);
  });

  it('no value in the database is a secret, a token or a key in any encoding (S-01, S-11, S-32)', async () => {
    const dump = await dumpOf(owner.database);
    assert.match(dump, /"credential" |credential .*hmac-sha256\$/);
    // Bytes of a hash may look like the end of a line.
    assert.match(dump, /enrolment_code .*cle_…/s);
    assert.match(dump, /enrolment\.redeemed/);
    assert.deepEqual(secretsIn(dump, walk.secrets), []);
  });

  it('none was ever sent to the database, so that its files and logs cannot hold one (S-01)', () => {
    const sent = proxy.sent();
    assert.match(sent, /insert into/i);
    assert.match(sent, /bcrypt-hmac-sha256\$/);
    // What stands in the place of an id is looked up, like any id.
    const others = new Map([...walk.secrets].filter(([name]) => !name.endsWith('as an id')));
    assert.ok(others.size > walk.secrets.size - 3);
    assert.deepEqual(secretsIn(sent, others), []);
  });

  it('none is in what the server printed (S-01, S-24, S-25, S-27)', () => {
    const output = server.output();
    assert.match(output, /"level":"debug"/);
    assert.match(output, /"msg":"request refused"/);
    assert.match(output, /"route":"\/oauth\/token"/);
    assert.deepEqual(secretsIn(output, walk.secrets), []);
  });

  it('none is among the metrics, whose labels are patterns and never values (S-24, S-28)', () => {
    assert.match(metrics, /route="\/oauth\/customers\/:customerId\/clients"/);
    assert.deepEqual(secretsIn(metrics, walk.secrets), []);
    assert.doesNotMatch(metrics, /WALK|REUSE/);
  });
});
