import assert from 'node:assert/strict';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { machineWith, proofOf } from '../../credentials/support/machine.js';
import { clientBody } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient } from '../../support/server.js';
import type { ServerProcess } from '../../support/server-process.js';
import { surfaceDrivers } from '../../surfaces/support/surface-drivers.js';

const customerId = 'CANARY';

/**
 * Has a secret come to be in each way that there is: on every surface, delivered sealed, as an enrolment code and by
 * what a machine proves itself with; each with an Idempotency-Key where it takes one, so that its answer is stored.
 *
 * @returns them by what they are
 */
export async function plantCanaries(
  server: ServerProcess,
  [clientId, secret]: readonly [clientId: string, secret: string],
): Promise<Map<string, string>> {
  const planted = new Map<string, string>();
  const { body } = await server.request('POST', '/oauth/token', {
    basic: [clientId, secret],
    form: { grant_type: 'client_credentials' },
  });
  const operatorToken = body.access_token as string;
  await succeed(
    server.request('POST', '/oauth/customers', { token: operatorToken, json: { id: customerId } }),
  );
  const admin = await createAdmin(server, operatorToken);
  planted.set('the secret of the administrator', admin.secret);
  const token = await tokenOf(server, admin);
  for (const driver of surfaceDrivers(server, { customerId, admin, token })) {
    const client = await driver.create();
    planted.set(`a secret of ${driver.name}`, client.secret);
    if (client.method === 'basic') planted.set(`a token of ${driver.name}`, await tokenOf(server, client));
  }
  await plantSealed(server, token, admin, planted);
  await plantEnrolment(server, token, admin, planted);
  return planted;
}

async function createAdmin(server: ServerProcess, token: string): Promise<TestClient> {
  const json = clientBody({ clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } } });
  const { body } = await succeed(
    server.request('POST', `/oauth/customers/${customerId}/clients`, { token, json }),
  );
  return { clientId: body.clientId, secret: body.clientSecret };
}

/** A client, a credential and a rotation whose secrets are delivered as JWEs. */
async function plantSealed(
  server: ServerProcess,
  token: string,
  { clientId }: TestClient,
  planted: Map<string, string>,
): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true });
  const deliverTo = { jwk: await exportJWK(publicKey) };
  const keep = async (what: string, { clientSecretJwe }: { clientSecretJwe: string }) => {
    const { plaintext } = await compactDecrypt(clientSecretJwe, privateKey);
    planted.set(`the JWE of ${what}`, clientSecretJwe);
    planted.set(`the sealed secret of ${what}`, new TextDecoder().decode(plaintext));
  };
  const post = async (path: string, json: object, key: string) => {
    const options = { token, json, headers: { 'idempotency-key': key } };
    await succeed(server.request('POST', path, options));
    return (await succeed(server.request('POST', path, options))).body;
  };
  const clients = `/oauth/customers/${customerId}/clients`;
  const [created] = await post(clients, [clientBody({ deliverTo })], 'canary-client');
  await keep('a client', created);
  const credentials = `${clients}/${clientId}/credentials`;
  const issued = await post(credentials, { deliverTo }, 'canary-credential');
  await keep('a credential', issued);
  const rotate = `${credentials}/${issued.credentialId}/rotate`;
  await keep('a rotation', await post(rotate, { deliverTo }, 'canary-rotation'));
}

/** A code, redeemed once for good and once again in vain, with the proofs. */
async function plantEnrolment(
  server: ServerProcess,
  token: string,
  { clientId }: TestClient,
  planted: Map<string, string>,
): Promise<void> {
  const path = `/oauth/customers/${customerId}/clients/${clientId}/enrolments`;
  const options = { token, headers: { 'idempotency-key': 'canary-code' } };
  const { body } = await succeed(server.request('POST', path, options));
  const code = body.enrolmentCode as string;
  planted.set('an enrolment code', code);
  planted.set(
    'a code that nobody redeems',
    (await succeed(server.request('POST', path, { token }))).body.enrolmentCode,
  );
  for (const [attempt, status] of [
    ['the first', 201],
    ['the second', 400],
  ] as const) {
    const machine = await machineWith();
    const proof = await proofOf(machine, code, new URL(body.redeemAt).origin);
    planted.set(`the proof of ${attempt} machine`, proof);
    const answer = await server.request('POST', '/oauth/enrolments', {
      json: { code, jwk: machine.jwk, proof },
    });
    assert.equal(answer.status, status, answer.text);
  }
}

async function tokenOf(server: ServerProcess, { clientId, secret }: TestClient): Promise<string> {
  const form = { grant_type: 'client_credentials' };
  return (await succeed(server.request('POST', '/oauth/token', { basic: [clientId, secret], form }))).body
    .access_token;
}

async function succeed(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer;
}
