import type { ContestantPlan, LoadRequest, Ready } from '../harness/contestant.js';
import type { BenchCase } from '../harness/race.js';
import { formHeaders, formOf } from './forms.js';
import { tokenContestant } from './token.js';

/** More than the attempts after which guesses are refused. */
const mostAttempts = 50;

/** What `POST /oauth/token` costs when it refuses, beside a token. */
export const refusalCases: readonly BenchCase[] = [
  {
    name: 'refusals',
    title: 'POST /oauth/token, ES256, refused, beside a token',
    contestants: [
      tokenContestant('a token', 'ours', ['{directory}', 'ES256']),
      refused('400, another grant type', 400, { grant_type: 'password' }),
      refused('401, no secret', 401, { client_secret: '' }),
      refused('429, too many guesses', 429, { client_secret: 'wrong' }),
      refused('429, beyond the quota', 429, {}, ['0', 'generated', 'quota']),
    ],
  },
];

/** @param changed parameters beside those of a request that succeeds; @param more arguments of the server */
function refused(
  name: string,
  expectedStatus: number,
  changed: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): ContestantPlan {
  return {
    name,
    server: 'ours',
    args: ['{directory}', 'ES256', ...more],
    request: ({ clientId, secret }: Ready) => {
      const client = { client_id: String(clientId), client_secret: String(secret) };
      const body = formOf({ grant_type: 'client_credentials', ...client, ...changed });
      return { path: '/oauth/token', method: 'POST', headers: formHeaders, body, expectedStatus };
    },
    check,
  };
}

/** Asks until it is refused as is expected, and looks whether that is said in the words of RFC 6749 §5.2. */
async function check(
  origin: string,
  { path, method, headers, body, expectedStatus }: LoadRequest,
): Promise<void> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const answer = await fetch(origin + path, { method, headers, ...(body !== undefined && { body }) });
    const { error } = (await answer.json()) as { error?: string };
    if (answer.status === expectedStatus && error !== undefined) return;
  }
  throw new Error(`It is not refused with ${expectedStatus}.`);
}
