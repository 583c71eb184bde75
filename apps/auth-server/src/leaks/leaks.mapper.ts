import { createHash } from 'node:crypto';
import { isWellFormed, type Leak, type LeakReport } from '#libs/credentials';
import type { GithubFeedback, GithubMatch, LeakAnswer, LeakReportBody } from './leaks.dto.js';

type Reporter = Pick<LeakReport, 'address' | 'requestId'>;

/** A report from anybody. */
export function fromLeakReport({ secret, clientId, url }: LeakReportBody, by: Reporter): LeakReport {
  return {
    ...by,
    secret,
    ...(clientId !== undefined && { clientId }),
    source: 'report',
    url: url ?? '',
    foundIn: null,
  };
}

/** A report from GitHub. */
export function fromGithubMatch({ token, url, source }: GithubMatch, by: Reporter): LeakReport {
  return { ...by, secret: token, source: 'github', url: url ?? '', foundIn: source || null };
}

/**
 * What GitHub learns of a match. Of a generated secret its form alone decides, so that nothing is told that could not
 * be computed from it.
 *
 * @param isFound whether it opens a credential here, or once did
 */
export function toGithubFeedback({ token, type }: GithubMatch, isFound: boolean): GithubFeedback {
  return {
    token_hash: createHash('sha256').update(token).digest('hex'),
    token_type: type,
    label: isWellFormed(token) || isFound ? 'true_positive' : 'false_positive',
  };
}

/** A leak as it is answered. */
export function toLeak(leak: Leak): LeakAnswer {
  const { id, credentialId, credential, source, url, foundIn, action, count } = leak;
  return {
    leakId: id,
    clientId: credential?.client?.clientId ?? '',
    credentialId,
    hint: credential?.hint ?? '',
    source,
    url: url || null,
    foundIn,
    action,
    count,
    firstReportedAt: leak.createdAt.toISOString(),
    lastReportedAt: leak.lastReportedAt.toISOString(),
  };
}
