import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SigningKeyRotation } from '#libs/keys';
import { eventually } from '../support/eventually.js';
import { decodeToken } from '../support/forged-token.js';
import { startServer, type TestServer } from '../support/server.js';

const daySeconds = 86_400;
const settings = {
  signingKeyRotationDays: 30,
  signingKeyAnnounceSeconds: 300,
  databaseOutageGraceSeconds: 60,
};

describe('the scheduled rotation of signing keys on two instances', () => {
  let one: TestServer;
  let other: TestServer;
  before(async () => {
    one = await startServer({ settings });
    other = await startServer({ settings, sharing: one });
  });
  after(async () => {
    await other.close();
    await one.close();
  });

  const advance = (seconds: number) => {
    for (const server of [one, other]) server.advanceClock(seconds);
  };
  const tick = () =>
    Promise.all(
      [one, other, one, other].map((server) =>
        server.app.get(SigningKeyRotation, { strict: false }).runOnce(),
      ),
    );
  const states = async () => {
    const rows = await one.database.query<{ alg: string; states: string }>(
      `select alg, string_agg(state, ' ' order by created_at, state) as states from signing_key group by alg`,
    );
    assert.equal(rows.length, 4);
    return [...new Set(rows.map((row) => row.states))];
  };
  const published = async (server: TestServer): Promise<string[]> =>
    (await server.request('GET', '/.well-known/jwks.json')).body.keys.map((key: { kid: string }) => key.kid);
  const signing = async (server: TestServer) =>
    decodeToken(await server.token(server.operator)).header['kid'] as string;

  it('leaves a key alone until its time has come (S-33, S-41)', async () => {
    // The keys are as old as the template of the databases.
    const [{ age = 0 } = {}] = await one.database.query<{ age: number }>(
      'select extract(epoch from now() - min(activated_at))::integer as age from signing_key',
    );
    advance(30 * daySeconds - 400 - age);
    await tick();
    assert.deepEqual(await states(), ['active']);
  });

  it('announces one successor per algorithm, everywhere, which does not sign yet (S-33, S-34, S-41)', async () => {
    const old = await signing(one);
    advance(200);
    await tick();
    await tick();
    assert.deepEqual(await states(), ['active pending']);
    for (const server of [one, other]) {
      await eventually(1_500, async () => assert.equal((await published(server)).length, 8));
      assert.equal(await signing(server), old);
    }
    advance(290);
    await tick();
    assert.deepEqual(await states(), ['active pending'], 'a cached JWKS may lack it');
  });

  it('has it sign on both when every cached JWKS knows it, and keeps the old one for its tokens (S-33, S-41)', async () => {
    const old = await signing(one);
    advance(15);
    await tick();
    assert.deepEqual(await states(), ['retiring active']);
    await eventually(1_500, async () => {
      assert.notEqual(await signing(one), old);
      assert.equal(await signing(one), await signing(other));
    });
    advance(43_200);
    await tick();
    assert.deepEqual(await states(), ['retiring active'], 'tokens of an instance that was cut off may live');
    for (const server of [one, other]) assert.ok((await published(server)).includes(old));
  });

  it('takes the old one out of the JWKS when its last token has ended (S-33)', async () => {
    advance(70);
    await tick();
    assert.deepEqual(await states(), ['retired active']);
    for (const server of [one, other])
      await eventually(1_500, async () => assert.equal((await published(server)).length, 4));
  });

  it('catches up on what nobody did for a year, and still announces before it signs (S-41)', async () => {
    advance(365 * daySeconds);
    await tick();
    assert.deepEqual(await states(), ['retired active pending']);
    advance(301);
    await tick();
    assert.deepEqual(await states(), ['retired retiring active']);
    const events = await one.database.query<{ action: string; count: number }>(
      `select action, count(*)::int as count from audit_event
       where target_type = 'signing_key' and actor = 'system' and action <> 'signing_key.created'
       group by action order by action`,
    );
    assert.deepEqual(events, [
      { action: 'signing_key.activated', count: 8 },
      { action: 'signing_key.announced', count: 8 },
      { action: 'signing_key.retired', count: 4 },
    ]);
  });
});
