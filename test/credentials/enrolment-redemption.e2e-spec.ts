import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { calculateJwkThumbprint, type JWTPayload } from 'jose';
import { nativeApi } from '../customers/support/native-api.js';
import type { Answer } from '../support/http-client.js';
import { noteHarmless } from '../support/leak-watch.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Machine, machineWith, proofOf, redeem } from './support/machine.js';
import { type Scene, sceneAt } from './support/scene.js';

let server: TestServer;
let scene: Scene;
let machine: Machine;

before(async () => {
  server = await startServer({ settings: { trustedProxies: ['127.0.0.1'] } });
});
beforeEach(async () => {
  scene = await sceneAt(server);
  machine = await machineWith();
});
after(() => server.close());

const path = () => `/clients/${scene.client.clientId}/enrolments`;
const enrol = async (json: object = {}) => {
  const answer = await nativeApi(server, scene.organization)('POST', path(), { json });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
};
const codeOf = async (json: object = {}): Promise<string> => (await enrol(json)).enrolmentCode;
const credentials = async () => (await scene.api('GET')).body;

function assertRefused(answer: Answer, status: number, error: string, description: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(Object.keys(answer.body), ['error', 'error_description']);
  assert.equal(answer.body.error, error);
  assert.match(answer.body.error_description, description);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
}

describe('POST /oauth/enrolments', () => {
  for (const [alg, options] of [
    ['EdDSA', {}],
    ['ES256', {}],
    ['ES384', {}],
    ['PS256', {}],
    ['RS256', {}],
  ] as const) {
    it(`201: registers a key of ${alg}, listed with its thumbprint and never as a way to get a token`, async () => {
      const own = await machineWith(alg, options);
      const code = await codeOf({ name: 'worker 7' });
      const { status, body, text } = await redeem(server, own, code);
      assert.equal(status, 201, text);
      const thumbprint = await calculateJwkThumbprint(own.jwk);
      const { credentialId, ...facts } = body;
      assert.deepEqual(facts, {
        clientId: scene.client.clientId,
        name: 'worker 7',
        kind: 'public_key',
        alg,
        kid: thumbprint,
        thumbprint,
        expiresAt: null,
        replaces: null,
      });
      const listed = (await credentials()).find((one: { kind: string }) => one.kind === 'public_key');
      assert.deepEqual(
        [listed.credentialId, listed.status, listed.hint, listed.thumbprint, listed.createdBy],
        [credentialId, 'active', `…${thumbprint.slice(-4)}`, thumbprint, scene.organization.admin.clientId],
      );
      noteHarmless(thumbprint);
      assert.equal(await scene.works(thumbprint), false);
      assert.equal(await scene.works(scene.client.secret), true);
    });
  }

  it('201: keeps the kid of the key, and nothing of it but what makes it up', async () => {
    const jwk = { ...machine.jwk, kid: 'my key', use: 'sig', key_ops: ['verify'], 'x-secretive': 'no' };
    const { body } = await redeem(server, machine, await codeOf(), {}, { jwk });
    assert.equal(body.kid, 'my key');
    const [row] = await server.database.query('select public_jwk from credential where id = $1', [
      body.credentialId,
    ]);
    const { kty, crv, x } = machine.jwk;
    assert.deepEqual(row?.['public_jwk'], { kty, crv, x });
  });

  it('400 invalid_grant: the same for a code that is unknown, used, revoked or expired', async () => {
    const used = await codeOf();
    assert.equal((await redeem(server, machine, used)).status, 201);
    const { enrolmentId, enrolmentCode: revoked } = await enrol();
    await nativeApi(server, scene.organization)('POST', `${path()}/${enrolmentId}/revoke`);
    const shortLived = await codeOf({ expiresInSeconds: 60 });
    const deleted = await sceneAt(server);
    const api = nativeApi(server, deleted.organization);
    const orphan = (await api('POST', `/clients/${deleted.client.clientId}/enrolments`)).body.enrolmentCode;
    await api('DELETE', `/clients/${deleted.client.clientId}`);
    server.advanceClock(61);
    const texts = new Set<string>();
    for (const code of [used, revoked, shortLived, orphan, 'cle_nobodys', `${used}x`]) {
      const other = await machineWith();
      const answer = await redeem(server, other, code);
      assertRefused(answer, 400, 'invalid_grant', /^The enrolment code is not valid\.$/);
      texts.add(answer.text);
    }
    assert.equal(texts.size, 1);
    assert.equal((await credentials()).length, 2);
  });

  it('400 invalid_grant: while the client is disabled, and 201 when it is enabled again', async () => {
    const code = await codeOf();
    const set = (enabled: boolean) =>
      server.database.query('update client set enabled = $2 where client_id = $1', [
        scene.client.clientId,
        enabled,
      ]);
    await set(false);
    assertRefused(await redeem(server, machine, code), 400, 'invalid_grant', /not valid/);
    await set(true);
    assert.equal((await redeem(server, machine, code)).status, 201);
  });

  it('409: a key that the client has or had, whose code stays good', async () => {
    const { body } = await redeem(server, machine, await codeOf());
    const code = await codeOf();
    assertRefused(await redeem(server, machine, code), 409, 'invalid_request', /registered .* before/);
    await scene.succeed('POST', `/${body.credentialId}/revoke`);
    assertRefused(await redeem(server, machine, code), 409, 'invalid_request', /registered .* before/);
    assert.equal((await redeem(server, await machineWith(), code)).status, 201);
  });

  it('409: beyond the number of credentials that the client may have, whose code stays good', async () => {
    const code = await codeOf();
    for (let more = 1; more < 5; more++) await scene.succeed('POST');
    assertRefused(await redeem(server, machine, code), 409, 'invalid_request', /5 live credentials/);
    await scene.succeed('POST', `/${scene.firstId}/revoke`);
    assert.equal((await redeem(server, machine, code)).status, 201);
    assert.equal((await scene.api('POST')).status, 409);
  });

  it('one of 50 that come at once with one code wins, and the others get invalid_grant', async () => {
    const code = await codeOf();
    const machines = await Promise.all(Array.from({ length: 50 }, () => machineWith()));
    const answers = await Promise.all(machines.map((one) => redeem(server, one, code)));
    const won = answers.filter(({ status }) => status === 201);
    assert.equal(won.length, 1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      assertRefused(answer, 400, 'invalid_grant', /not valid/);
    }
    const keys = (await credentials()).filter((one: { kind: string }) => one.kind === 'public_key');
    assert.deepEqual(
      keys.map(({ credentialId }: { credentialId: string }) => credentialId),
      [won[0]?.body.credentialId],
    );
    const noted = await server.database.query(
      `select from audit_event where action = 'enrolment.redeemed' and organization_id =
        (select organization_id from client where client_id = $1)`,
      [scene.client.clientId],
    );
    assert.equal(noted.length, 1);
  });

  it('one of 50 on two instances wins', async () => {
    const other = await startServer({ sharing: server, settings: { trustedProxies: ['127.0.0.1'] } });
    try {
      const code = await codeOf();
      const machines = await Promise.all(Array.from({ length: 50 }, () => machineWith()));
      const answers = await Promise.all(
        machines.map((one, index) => redeem(index % 2 ? server : other, one, code)),
      );
      assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    } finally {
      await other.close();
    }
  });

  it('429: after 120 requests of one address within a minute, whatever the code', async () => {
    const proof = await proofOf(machine, 'cle_nobodys', server.settings.issuer);
    const json = { code: 'cle_nobodys', jwk: machine.jwk, proof };
    const headers = { 'x-forwarded-for': '2001:db8:1:2::7' };
    const ask = () => server.request('POST', '/oauth/enrolments', { json, headers });
    const answers = await Promise.all(Array.from({ length: 125 }, ask));
    assert.equal(answers.filter(({ status }) => status === 400).length, 120);
    const refused = answers.find(({ status }) => status === 429) as Answer;
    assertRefused(refused, 429, 'temporarily_unavailable', /Too many requests/);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
  });
});

describe('400 invalid_request: a proof that is none', () => {
  let code: string;
  beforeEach(async () => {
    code = await codeOf();
  });
  afterEach(async () => {
    assert.equal((await credentials()).length, 1);
    assert.equal((await redeem(server, machine, code)).status, 201, 'the code is still good');
  });

  it('signed by another key, which is how one would register a key that is somebody else’s', async () => {
    const thief = await machineWith();
    const answer = await redeem(server, machine, code, { by: thief });
    assertRefused(answer, 400, 'invalid_request', /proof: must be a JWS .* signed with the private key/);
  });

  it('for another server, another code, or another time', async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrong: [claims: JWTPayload, description: RegExp][] = [
      [{ aud: 'https://other.example/oauth/enrolments' }, /must have the aud http/],
      [{ aud: undefined }, /must have the aud/],
      [{ code_sha256: 'x' }, /must have the claim code_sha256/],
      [{ code_sha256: undefined }, /must have the claim code_sha256/],
      [{ iat: now - 400 }, /must have an iat within the last 300 seconds/],
      [{ iat: now + 400 }, /must have an iat within/],
      [{ iat: undefined }, /must have an iat within/],
    ];
    for (const [claims, description] of wrong) {
      assertRefused(await redeem(server, machine, code, { claims }), 400, 'invalid_request', description);
    }
  });

  it('of another type, without a signature, or no JWS at all', async () => {
    for (const typ of ['JWT', 'dpop+jwt', 'at+jwt']) {
      const answer = await redeem(server, machine, code, { header: { typ } });
      assertRefused(answer, 400, 'invalid_request', /of the typ enrolment-proof\+jwt/);
    }
    const proof = await proofOf(machine, code, server.settings.issuer);
    const [, payload] = proof.split('.');
    const none = Buffer.from('{"alg":"none","typ":"enrolment-proof+jwt"}').toString('base64url');
    for (const forged of [`${none}.${payload}.`, 'x', 'a.b.c', `${proof.slice(0, -10)}AAAAAAAAAA`]) {
      const answer = await redeem(server, machine, code, {}, { proof: forged });
      assertRefused(answer, 400, 'invalid_request', /^The proof of possession is not valid\. proof: must be/);
    }
  });

  it('with a key of which the private part is sent, that is weak, or that does not sign', async () => {
    const wrong: [jwk: object, description: RegExp][] = [
      [{ ...machine.jwk, d: 'c2VjcmV0' }, /jwk\.d: must be left out/],
      [{ kty: 'oct', k: 'c2VjcmV0' }, /jwk\.k: must be left out/],
      [{ ...machine.jwk, use: 'enc' }, /jwk\.use: must be sig/],
      [{ ...machine.jwk, alg: 'ES256' }, /jwk\.alg: must be EdDSA or Ed25519/],
      [{ kty: 'OKP', crv: 'X25519', x: machine.jwk.x }, /jwk\.crv: must be Ed25519/],
      [{ kty: 'EC', crv: 'P-256', x: machine.jwk.x, y: machine.jwk.x }, /proof: must be signed with ES256/],
      [{ kty: 'RSA', n: machine.jwk.x, e: 'AQAB' }, /jwk\.n: must have 2048 to 8192 bits/],
      [{}, /jwk\.kty: must be/],
    ];
    for (const [jwk, description] of wrong) {
      const answer = await redeem(server, machine, code, {}, { jwk });
      assertRefused(answer, 400, 'invalid_request', description);
      assert.doesNotMatch(answer.text, /c2VjcmV0/);
    }
  });

  it('nor anything else that is missing or too much', async () => {
    for (const body of [{ code: undefined }, { jwk: 'x' }, { proof: 7 }, { more: 1 }, { code: '' }]) {
      assert.equal((await redeem(server, machine, code, {}, body)).status, 400);
    }
  });
});
