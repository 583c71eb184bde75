import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Principal } from '#libs/access';
import { Sealer } from '#libs/common';
import { KeyRewrapper, SigningKeys } from '#libs/keys';
import { environmentOf, spawnCommandLine } from '../cli/support/command-line.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { dumpOf } from '../support/database-dump.js';
import { eventually } from '../support/eventually.js';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestServer } from '../support/server.js';
import { startServerProcess } from '../support/server-process.js';
import { testSettings } from '../support/settings.js';

const [oldKey] = testSettings().masterKeys as [Buffer];
const newKey = Buffer.alloc(32, 'another master key');
const operator = Principal.system('test');

describe('a database whose master key is lost', () => {
  let database: TestDatabase;
  let directory: string;
  before(async () => {
    database = await cloneDatabase();
    directory = mkdtempSync(join(tmpdir(), 'clientele-lost-key-'));
    const server = await startServerProcess(database.url, {}, { cwd: directory });
    assert.equal(await server.stop(), 0);
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await database.drop();
  });

  const start = (env: NodeJS.ProcessEnv) => startServerProcess(database.url, env, { cwd: directory });
  const filesOf = () => readdirSync(directory, { recursive: true });
  const command = async (env: NodeJS.ProcessEnv) => {
    const { exitCode, stderr } = await spawnCommandLine(['signing-key', 'list'], {
      env: { ...environmentOf(database.url), ...env },
    });
    assert.equal(exitCode, 1);
    throw new Error(stderr);
  };
  const another = { MASTER_KEY: newKey.toString('base64') };
  const missing = { MASTER_KEY: undefined };
  const cases = [
    ['another one', start, another, /signing key .* cannot be opened\. MASTER_KEY does not contain the key/],
    ['none', start, missing, /MASTER_KEY must be given with DATABASE_URL/],
    [
      'several processes with another one',
      start,
      { ...another, WORKERS: '2' },
      /MASTER_KEY does not contain/,
    ],
    ['a command with another one', command, another, /MASTER_KEY does not contain the key/],
  ] as const;
  for (const [name, attempt, env, complaint] of cases)
    it(`lets nothing start with ${name}, says why, and changes no row and no file (S-02, S-35)`, async () => {
      const [before, files] = [await dumpOf(database), filesOf()];
      await assert.rejects(attempt(env), ({ message }: Error) => {
        assert.match(message, complaint);
        assert.doesNotMatch(message, /listening/);
        assert.ok(!message.includes(newKey.toString('base64')));
        return true;
      });
      assert.equal(await dumpOf(database), before);
      assert.deepEqual(filesOf(), files);
    });

  it('starts as before when the key is found again', async () => {
    const server = await start({});
    assert.equal(await server.stop(), 0);
  });
});

describe('a new master key before the old one', () => {
  let old: TestServer;
  beforeEach(async () => {
    old = await startServer({ settings: { masterKeys: [oldKey, newKey] } });
  });

  const start = (masterKeys: Buffer[]) => startServer({ sharing: old, settings: { masterKeys } });
  const sealedUnder = async () => {
    const rows = await old.database.query(
      `select split_part(sealed_private_key, '.', 2) as key from signing_key where state <> 'retired' order by kid`,
    );
    return rows.map(({ key }) => key);
  };
  const currentIdOf = (server: TestServer) => server.app.get(Sealer, { strict: false }).currentKeyId;
  const rewrapperOf = (server: TestServer) => server.app.get(KeyRewrapper, { strict: false });
  const mustUnderstand = async (one: TestServer, other: TestServer) => {
    for (const [issuing, reading] of [
      [one, other],
      [other, one],
    ] as const) {
      const { status } = await reading.request('GET', '/oauth/customers', {
        token: await issuing.token(issuing.operator),
      });
      assert.equal(status, 200);
    }
  };

  it('reads what either sealed, and seals every key anew while both serve (S-36)', async () => {
    const server = await start([newKey, oldKey]);
    try {
      const announced = await server.app.get(SigningKeys, { strict: false }).announce(operator, 'RS256');
      assert.equal(new Set(await sealedUnder()).size, 2);
      await mustUnderstand(old, server);
      const [count] = await Promise.all([
        rewrapperOf(server).rewrapAll(operator),
        mustUnderstand(old, server),
        mustUnderstand(old, server),
      ]);
      assert.equal(count, 4);
      assert.deepEqual(new Set(await sealedUnder()), new Set([currentIdOf(server)]));
      assert.equal(await rewrapperOf(server).rewrapAll(operator), 0);
      await mustUnderstand(old, server);
      const events = await old.database.query(
        `select target_id from audit_event where action = 'signing_key.rewrapped'`,
      );
      assert.equal(new Set(events.map((event) => event['target_id'])).size, 4);
      assert.ok(!events.some((event) => event['target_id'] === announced.kid));
    } finally {
      await server.close();
      await old.close();
    }
  });

  it('goes on where an interruption left it, and needs the old one no more at the end (S-36)', async () => {
    const server = await start([newKey, oldKey]);
    try {
      const tokenBefore = await old.token(old.operator);
      const rows = await old.database.query('select kid from signing_key order by created_at, kid');
      await old.database.query(
        `create function refuse() returns trigger language plpgsql as
         $$ begin if new.kid = tg_argv[0] then raise exception 'crash'; end if; return new; end $$`,
      );
      await old.database.query(
        `create trigger refuse before update on signing_key for each row execute function refuse('${rows[2]?.['kid']}')`,
      );
      await assert.rejects(rewrapperOf(server).rewrapAll(operator), /crash/);
      assert.equal((await sealedUnder()).filter((key) => key === currentIdOf(server)).length, 2);
      const meanwhile = await start([newKey, oldKey]);
      await mustUnderstand(meanwhile, old);
      await meanwhile.close();
      await assert.rejects(
        startServerProcess(old.database.url, { MASTER_KEY: newKey.toString('base64') }),
        /MASTER_KEY does not contain the key/,
      );
      await old.database.query('drop trigger refuse on signing_key');
      assert.equal(await rewrapperOf(server).rewrapAll(operator), 2);
      const later = await start([newKey]);
      try {
        await mustUnderstand(later, old);
        assert.equal(
          decodeToken(await later.token(later.operator)).header['kid'],
          decodeToken(tokenBefore).header['kid'],
        );
      } finally {
        await later.close();
      }
    } finally {
      await server.close();
      await old.close();
    }
  });
});

describe('a signing key under a master key that a running instance lacks', () => {
  let old: TestServer;
  let server: TestServer;
  before(async () => {
    old = await startServer();
    server = await startServer({
      sharing: old,
      settings: { masterKeys: [newKey, oldKey], signingKeyAnnounceSeconds: 0 },
    });
  });
  after(async () => {
    await server.close();
    await old.close();
  });

  const keysOf = (one: TestServer) => one.app.get(SigningKeys, { strict: false });
  const publishedBy = async (one: TestServer): Promise<string[]> =>
    (await one.request('GET', '/.well-known/jwks.json')).body.keys.map((key: { kid: string }) => key.kid);
  const statusAt = async (one: TestServer, token: string) =>
    (await one.request('GET', '/oauth/customers', { token })).status;
  const answerOf = ({ request, operator: { clientId, secret } }: TestServer) =>
    request('POST', '/oauth/token', {
      basic: [clientId, secret],
      form: { grant_type: 'client_credentials' },
    });

  const readinessOf = async (one: TestServer) => {
    const { status, body } = await one.request('GET', '/health/ready');
    return [status, body.checks];
  };

  it('is published there, and verifies there; what follows it in the feed is learned as before', async () => {
    const before = await old.token(old.operator);
    const { kid } = await keysOf(server).announce(operator, 'ES256');
    await eventually(2_000, async () => assert.ok((await publishedBy(old)).includes(kid)));
    assert.equal(decodeToken(await old.token(old.operator)).header['kid'], decodeToken(before).header['kid']);

    await keysOf(server).activate(operator, kid);
    const token = await server.token(server.operator);
    assert.equal(decodeToken(token).header['kid'], kid);
    assert.equal(await statusAt(old, token), 200);
    assert.equal(await statusAt(old, before), 200, 'the key before it is retiring, not gone');

    const next = await keysOf(server).announce(operator, 'RS256');
    await eventually(2_000, async () => assert.ok((await publishedBy(old)).includes(next.kid)));
  });

  it('never signs there, nor does one that is to retire: that instance says 503 until it gets the key', async () => {
    await eventually(2_000, async () => assert.equal((await answerOf(old)).status, 503));
    assert.match((await answerOf(old)).headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.deepEqual(await readinessOf(old), [503, { database: 'ok', signingKeys: 'failed' }]);
    assert.deepEqual(await readinessOf(server), [200, { database: 'ok', signingKeys: 'ok' }]);
    const restarted = await startServer({ sharing: old, settings: { masterKeys: [oldKey, newKey] } });
    try {
      assert.equal((await answerOf(restarted)).status, 200);
    } finally {
      await restarted.close();
    }
  });

  it('is a reason not to start with', async () => {
    await assert.rejects(
      startServerProcess(old.database.url),
      /signing key .* cannot be opened\. MASTER_KEY does not contain the key/,
    );
  });
});
