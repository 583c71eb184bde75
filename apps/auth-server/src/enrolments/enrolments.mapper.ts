import { invalid } from '#libs/common';
import {
  type CreatedEnrolment,
  type DeliveryKey,
  type EnrolledKey,
  type EnrolmentCode,
  type EnrolmentDraft,
  enrolmentStatusOf,
} from '#libs/credentials';
import { momentOf, toMoment } from '../credentials/credentials.mapper.js';
import { fromOverlap } from '../credentials/rotations.mapper.js';
import type {
  CreatedEnrolmentAnswer,
  EnrolledKeyAnswer,
  EnrolmentAnswer,
  NewEnrolmentBody,
} from './enrolments.dto.js';

const usualSeconds = 3_600;

/** What is to come of a code. @throws DomainError `invalid` for an overlap with nothing */
export function fromNewEnrolment(body: NewEnrolmentBody): EnrolmentDraft {
  const { name, expiresInSeconds = usualSeconds, credentialExpiresAt, replaces } = body;
  const overlap = fromOverlap(body);
  const [first] = Object.keys(overlap);
  if (first && !replaces) {
    throw invalid('The body is not valid.', [{ path: first, message: 'goes with replaces' }]);
  }
  return {
    name: name ?? null,
    expiresInSeconds,
    credentialExpiresAt: momentOf(credentialExpiresAt),
    replaces: replaces ?? null,
    overlap,
  };
}

/** A code as it is answered, without the code. */
export function toEnrolment(enrolment: EnrolmentCode, now: Date): EnrolmentAnswer {
  const { id, name, hint, createdAt, createdBy, expiresAt, credentialId, replaces } = enrolment;
  return {
    enrolmentId: id,
    name,
    status: enrolmentStatusOf(enrolment, now),
    hint,
    createdAt: createdAt.toISOString(),
    createdBy,
    expiresAt: expiresAt.toISOString(),
    revokedAt: toMoment(enrolment.revokedAt),
    redeemedAt: toMoment(enrolment.redeemedAt),
    credentialId,
    replaces,
  };
}

/** A code with itself. @param key to which it is sealed; undefined: it is answered in clear */
export async function toCreatedEnrolment(
  { enrolment, code }: CreatedEnrolment,
  now: Date,
  redeemAt: string,
  key: DeliveryKey | undefined,
): Promise<CreatedEnrolmentAnswer> {
  const delivered = key ? { enrolmentCodeJwe: await key.seal(code) } : { enrolmentCode: code };
  return { ...toEnrolment(enrolment, now), ...delivered, redeemAt };
}

/** A registered key as the machine is told of it. */
export function toEnrolledKey({ clientId, credential }: EnrolledKey): EnrolledKeyAnswer {
  const { id, name, kind, alg, kid, thumbprint, expiresAt, replaces } = credential;
  return {
    clientId,
    credentialId: id,
    name,
    kind,
    alg: alg as string,
    kid: kid as string,
    thumbprint: thumbprint as string,
    expiresAt: toMoment(expiresAt),
    replaces,
  };
}
