import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Principal } from '#libs/access';
import { Sealer } from '#libs/common';
import { KeyRewrapper, SigningKeys } from '#libs/keys';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestServer } from '../support/server.js';
import { startServerProcess } from '../support/server-process.js';
import { testSettings } from '../support/settings.js';

const [oldKey] = testSettings().masterKeys as [Buffer];
const newKey = Buffer.alloc(32, 'another master key');
const operator = Principal.system('test');

describe('a copy of the database with another master key', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('does not start, names the variable in one line, and makes no new keys (S-02, S-35)', async () => {
    const before = await server.database.query('select * from signing_key order by kid');
    await assert.rejects(
      startServerProcess(server.database.url, { MASTER_KEY: newKey.toString('base64') }),
      ({ message }: Error) => {
        assert.match(message, /signing key .* cannot be opened\. MASTER_KEY does not contain the key/);
        assert.doesNotMatch(message, /listening/);
        assert.ok(!message.includes(newKey.toString('base64')));
        return true;
      },
    );
    assert.deepEqual(await server.database.query('select * from signing_key order by kid'), before);
    assert.ok(await server.token(server.operator), 'the server with the right key does not mind');
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
