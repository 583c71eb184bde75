import { createHash, randomInt } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { Answer } from '../../support/http-client.js';
import type { TestServer } from '../../support/server.js';

/** A machine with a key of its own. */
export interface Machine {
  readonly alg: string;
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

/** What a test changes of a proof that is valid as it is. */
export interface ProofChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: JWTPayload;
  /** Who signs it instead. */
  readonly by?: Machine;
}

export async function machineWith(alg = 'EdDSA', options: object = {}): Promise<Machine> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  return { alg, jwk: await exportJWK(publicKey), privateKey };
}

/** A proof that the machine has its private key. @param nowSeconds by the clock of the server */
export async function proofOf(
  machine: Machine,
  code: string,
  issuer: string,
  { header, claims, by = machine }: ProofChanges = {},
  nowSeconds = Math.floor(Date.now() / 1000),
): Promise<string> {
  const payload = {
    aud: `${issuer}/oauth/enrolments`,
    iat: nowSeconds,
    code_sha256: createHash('sha256').update(code).digest('base64url'),
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: by.alg, typ: 'enrolment-proof+jwt', ...header })
    .sign(by.privateKey);
}

/** Redeems a code as the machine would, from an address of its own; a test changes the one thing that it is about. */
export async function redeem(
  server: TestServer,
  machine: Machine,
  code: string,
  changes: ProofChanges = {},
  body: object = {},
): Promise<Answer> {
  const proof = await proofOf(machine, code, server.settings.issuer, changes);
  const headers = { 'x-forwarded-for': `2001:db8:${randomInt(65_536).toString(16)}::1` };
  const json = { code, jwk: machine.jwk, proof, ...body };
  return server.request('POST', '/oauth/enrolments', { json, headers });
}
