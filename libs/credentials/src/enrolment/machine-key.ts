import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { invalid } from '#libs/common';
import { readPublicJwk, signature, wrongMember } from './public-jwk.js';

const proofType = 'enrolment-proof+jwt';
const proofAgeSeconds = 300;
const clockToleranceSeconds = 60;

/** What a proof of possession must be about. */
interface ProofTarget {
  /** For whom it is made, so that a proof for one server is none for another. */
  readonly audience: string;
  /** What else it must say, so that it is good for nothing else. */
  readonly claims: Readonly<Record<string, string>>;
  readonly now: Date;
}

/** The public key of a machine, which has shown that it has the private one. */
export class MachineKey {
  private constructor(
    /** The public members alone. */
    readonly members: Readonly<Record<string, unknown>>,
    readonly alg: string,
    readonly kid: string,
    /** RFC 7638, by SHA-256. */
    readonly thumbprint: string,
  ) {}

  /**
   * Checks a key and the proof that who sends it has its private part: a JWS over who is asked, what for and when.
   * Nobody registers the key of somebody else.
   *
   * @param jwk an RSA, P-256, P-384 or Ed25519 public key
   * @throws DomainError `invalid`, naming the member of the key or the claim of the proof that is wrong
   */
  static async prove(
    jwk: Readonly<Record<string, unknown>>,
    proof: string,
    target: ProofTarget,
  ): Promise<MachineKey> {
    const { members, kid, algorithms } = readPublicJwk(jwk, 'jwk', signature);
    const alg = algorithmOf(proof, algorithms);
    const key = await importJWK(members, alg).catch(() => {
      throw wrongMember('jwk', '', 'must be a key that a signature can be verified with');
    });
    await mustVerify(proof, key, alg, target);
    const thumbprint = await calculateJwkThumbprint(members);
    return new MachineKey(members as Readonly<Record<string, unknown>>, alg, kid ?? thumbprint, thumbprint);
  }

  /** What people recognise it by. */
  get hint(): string {
    return `…${this.thumbprint.slice(-4)}`;
  }
}

function algorithmOf(proof: string, algorithms: readonly string[]): string {
  let alg: string | undefined;
  try {
    alg = decodeProtectedHeader(proof).alg;
  } catch {
    throw wrongProof('must be a compact JWS');
  }
  if (alg !== undefined && algorithms.includes(alg)) return alg;
  throw wrongProof(`must be signed with ${algorithms.join(' or ')}, by its key`);
}

async function mustVerify(
  proof: string,
  key: Awaited<ReturnType<typeof importJWK>>,
  alg: string,
  { audience, claims, now }: ProofTarget,
): Promise<void> {
  const { payload } = await jwtVerify(proof, key, {
    algorithms: [alg],
    audience,
    typ: proofType,
    maxTokenAge: proofAgeSeconds,
    clockTolerance: clockToleranceSeconds,
    currentDate: now,
  }).catch((error: { claim?: string }) => {
    throw wrongProof(wordsFor(error.claim, audience));
  });
  const wrong = Object.entries(claims).find(([name, value]) => payload[name] !== value);
  if (wrong) throw wrongProof(`must have the claim ${wrong[0]} of what it is a proof for`);
}

function wordsFor(claim: string | undefined, audience: string): string {
  if (claim === 'aud') return `must have the aud ${audience}`;
  if (claim === 'iat') return `must have an iat within the last ${proofAgeSeconds} seconds`;
  return `must be a JWS of the typ ${proofType}, signed with the private key of the jwk`;
}

function wrongProof(message: string): Error {
  return invalid('The proof of possession is not valid.', [{ path: 'proof', message }]);
}
