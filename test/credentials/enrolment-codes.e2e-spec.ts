import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { Housekeeping } from '#libs/database';
import { assertError, callerWith, createRole, nativeApi } from '../customers/support/native-api.js';
import { uniqueName } from '../support/fixtures.js';
import type { RequestOptions } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { machineWith, redeem } from './support/machine.js';
import { type Scene, sceneAt } from './support/scene.js';

let server: TestServer;
let scene: Scene;

before(async () => {
  server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
});
beforeEach(async () => {
  scene = await sceneAt(server);
});
after(() => server.close());

const call = (method: string, below = '', options: RequestOptions = {}) =>
  nativeApi(server, scene.organization)(
    method,
    `/clients/${scene.client.clientId}/enrolments${below}`,
    options,
  );
const create = async (json: object = {}) => {
  const answer = await call('POST', '', { json });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
};
const auditOf = async (enrolmentId: string) =>
  server.database.query(
    'select action, actor, details from audit_event where target_id = $1 order by sequence',
    [enrolmentId],
  );

describe('POST …/enrolments', () => {
  it('201: answers a code of 256 bits for an hour, and where to redeem it', async () => {
    const { enrolmentId, enrolmentCode, createdAt, expiresAt, ...rest } = await create();
    assert.match(enrolmentId, /^[0-9a-f-]{36}$/);
    assert.match(enrolmentCode, /^cle_[A-Za-z0-9_-]{43}$/);
    assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 3_600_000);
    assert.deepEqual(rest, {
      name: null,
      status: 'open',
      hint: `cle_…${enrolmentCode.slice(-4)}`,
      createdBy: scene.organization.admin.clientId,
      revokedAt: null,
      redeemedAt: null,
      credentialId: null,
      replaces: null,
      redeemAt: 'http://localhost:3000/oauth/enrolments',
    });
  });

  it('201: from a minute to seven days, and 400 beyond', async () => {
    for (const expiresInSeconds of [60, 604_800]) {
      const { createdAt, expiresAt } = await create({ expiresInSeconds });
      assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), expiresInSeconds * 1000);
    }
    for (const expiresInSeconds of [0, 59, 604_801, 1.5, '60', null]) {
      assertError(await call('POST', '', { json: { expiresInSeconds } }), 400, /expiresInSeconds: must /);
    }
  });

  it('keeps no code, but a digest', async () => {
    const { enrolmentCode } = await create();
    const rows = await server.database.query('select t::text as row from enrolment_code t');
    assert.ok(rows.length > 0);
    assert.ok(!JSON.stringify(rows).includes(enrolmentCode.slice(4, 20)));
  });

  it('is safe to repeat, and answers the code for as long as a secret', async () => {
    const headers = { 'Idempotency-Key': uniqueName('key') };
    const first = await call('POST', '', { json: {}, headers });
    const again = await call('POST', '', { json: {}, headers });
    assert.deepEqual([again.text, again.headers.get('idempotency-replayed')], [first.text, 'true']);
    const rows = await server.database.query('select t::text as row from idempotency_key t');
    assert.ok(!JSON.stringify(rows).includes(first.body.enrolmentCode));
    assert.equal((await call('GET')).body.length, 1);
  });

  it('answers the code as a JWE to a key that is given', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true });
    const created = await create({ deliverTo: { jwk: await exportJWK(publicKey) } });
    assert.equal('enrolmentCode' in created, false);
    const { plaintext } = await compactDecrypt(created.enrolmentCodeJwe, privateKey);
    const code = new TextDecoder().decode(plaintext);
    assert.equal((await redeem(server, await machineWith(), code)).status, 201);
    assertError(await call('POST', '', { json: { deliverTo: { jwk: {} } } }), 400, /deliverTo\.jwk\.kty/);
  });

  it('gives the credential the end that was asked for, within the rules of the customer', async () => {
    scene = await sceneAt(server, { credentialMaxAgeSeconds: 86_400 });
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
    const credentialExpiresAt = inSeconds(7_200);
    const { enrolmentCode } = await create({ credentialExpiresAt });
    const { body } = await redeem(server, await machineWith(), enrolmentCode);
    assert.equal(body.expiresAt, credentialExpiresAt);
    const usual = await redeem(server, await machineWith(), (await create()).enrolmentCode);
    assert.ok(Math.abs(Date.parse(usual.body.expiresAt) - Date.now() - 86_400_000) < 60_000);
    const tooLate = await call('POST', '', { json: { credentialExpiresAt: inSeconds(90_000) } });
    assertError(tooLate, 400, /credentialExpiresAt: must be at most .* maximum age/);
    const tooSoon = await call('POST', '', { json: { credentialExpiresAt: inSeconds(3_500) } });
    assertError(tooSoon, 400, /credentialExpiresAt: must be after the code itself ends/);
  });

  it('400: replaces an active public key of the client only, and an overlap goes with it', async () => {
    const stranger = await sceneAt(server);
    for (const replaces of [scene.firstId, stranger.firstId, '7f5c2d4e-0000-4000-8000-000000000000']) {
      assertError(await call('POST', '', { json: { replaces } }), 400, /replaces: must be the credentialId/);
    }
    const json = { overlapSeconds: 60 };
    assertError(await call('POST', '', { json }), 400, /overlapSeconds: goes with replaces/);
  });

  it('409: twenty open codes at most', async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => call('POST')));
    assert.equal(answers.filter(({ status }) => status === 201).length, 20);
    assertError(await call('POST'), 409, /20 open enrolment codes/);
    const [first] = (await call('GET')).body;
    await call('POST', `/${first.enrolmentId}/revoke`);
    assert.equal((await call('POST')).status, 201);
  });

  it('403: takes CREATE, and every role of the client', async () => {
    const api = nativeApi(server, scene.organization);
    const role = async (...privileges: string[]) =>
      createRole(api, { 'customer.clients.credentials': privileges });
    const reader = await callerWith(server, scene.organization, { [await role('READ', 'DELETE')]: [] });
    assertError(await call('POST', '', { token: reader.token }), 403, /entitle/);
    const creator = await callerWith(server, scene.organization, { [await role('CREATE')]: [] });
    const mighty = await callerWith(server, scene.organization, { ROLE_ADMIN_CUSTOMER: [] });
    const path = `/clients/${mighty.clientId}/enrolments`;
    assertError(await api('POST', path, { token: creator.token }), 403, /ROLE_ADMIN_CUSTOMER|grant/i);
    assert.equal((await api('GET', path)).body.length, 0);
  });
});

describe('GET …/enrolments', () => {
  it('200: lists them with what became of them, and never with the code', async () => {
    const [, revoked, redeemed] = [await create(), await create(), await create({ name: 'worker' })];
    await call('POST', `/${revoked.enrolmentId}/revoke`);
    const { body } = await redeem(server, await machineWith(), redeemed.enrolmentCode);
    const { body: list, text } = await call('GET');
    assert.deepEqual(
      list.map(({ status }: { status: string }) => status),
      ['open', 'revoked', 'redeemed'],
    );
    assert.equal(list[2].credentialId, body.credentialId);
    assert.ok(!text.includes('enrolmentCode'));
    const first = await call('GET', '?limit=2');
    assert.equal(first.body.length, 2);
    assert.match(first.headers.get('link') ?? '', /rel="next"/);
  });
});

describe('POST …/enrolments/{enrolmentId}/revoke', () => {
  it('200: ends the code; again does nothing', async () => {
    const { enrolmentId, enrolmentCode } = await create();
    const first = await call('POST', `/${enrolmentId}/revoke`);
    assert.deepEqual([first.status, first.body.status], [200, 'revoked']);
    const again = await call('POST', `/${enrolmentId}/revoke`);
    assert.equal(again.body.revokedAt, first.body.revokedAt);
    assert.equal((await redeem(server, await machineWith(), enrolmentCode)).status, 400);
    const noted = await auditOf(enrolmentId);
    assert.deepEqual(
      noted.map(({ action }) => action),
      ['enrolment.created', 'enrolment.revoked'],
    );
  });

  it('409: one that was redeemed is not taken back by it', async () => {
    const { enrolmentId, enrolmentCode } = await create();
    await redeem(server, await machineWith(), enrolmentCode);
    assertError(await call('POST', `/${enrolmentId}/revoke`), 409, /revoke the credential/);
  });

  it('50 revocations and redemptions at once: the key is there exactly when the redemption won', async () => {
    const { enrolmentId, enrolmentCode } = await create();
    const machines = await Promise.all(Array.from({ length: 25 }, () => machineWith()));
    const [redeemed, revoked] = await Promise.all([
      Promise.all(machines.map((machine) => redeem(server, machine, enrolmentCode))),
      Promise.all(machines.map(() => call('POST', `/${enrolmentId}/revoke`))),
    ]);
    const won = redeemed.filter(({ status }) => status === 201).length;
    const statuses = new Set(revoked.map(({ status }) => status));
    assert.deepEqual([[0, 200].join(), [1, 409].join()].includes([won, ...statuses].join()), true);
    assert.equal((await scene.api('GET')).body.length, 1 + won);
  });
});

describe('the audit log', () => {
  it('tells who made the code, and from where it was redeemed', async () => {
    const { enrolmentId, enrolmentCode } = await create({ name: 'worker' });
    const { body } = await redeem(server, await machineWith(), enrolmentCode);
    const [created, redeemed] = await server.database.query(
      'select action, actor, address, details from audit_event where target_id = $1 order by sequence',
      [enrolmentId],
    );
    assert.deepEqual(
      [created?.['actor'], redeemed?.['action'], redeemed?.['actor'], redeemed?.['details'].credentialId],
      [scene.organization.admin.clientId, 'enrolment.redeemed', 'enrolment', body.credentialId],
    );
    assert.match(redeemed?.['address'], /^2001:db8:/);
    const [issued] = await auditOf(body.credentialId);
    assert.equal(issued?.['details'].thumbprint, body.thumbprint);
  });
});

describe('old codes', () => {
  it('are deleted by housekeeping 90 days after their end', async () => {
    const ids = [await create(), await create()].map(({ enrolmentId }) => enrolmentId);
    for (const [index, days] of [89, 91].entries()) {
      await server.database.query(
        `update enrolment_code set expires_at = now() - $2 * interval '1 day' where id = $1`,
        [ids[index], days],
      );
    }
    await server.app.get(Housekeeping, { strict: false }).runOnce();
    const left = await server.database.query('select id from enrolment_code where id = any($1)', [ids]);
    assert.deepEqual(left, [{ id: ids[0] }]);
  });
});
