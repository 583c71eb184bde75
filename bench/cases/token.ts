import type { ContestantPlan, LoadRequest, Ready } from '../harness/contestant.js';
import type { BenchCase } from '../harness/race.js';
import { fetchToken, mustVerify } from './answers.js';
import { formHeaders, formOf } from './forms.js';

const algorithms = ['ES256', 'EdDSA', 'RS256'] as const;

/** `POST /oauth/token` beside a bare node:http server that reads, checks and signs the same. */
export const tokenCases: readonly BenchCase[] = algorithms.map((alg) => ({
  name: `token-${alg.toLowerCase()}`,
  title: `POST /oauth/token, ${alg}`,
  contestants: [
    tokenContestant('bare node:http', 'bare-token', [alg]),
    tokenContestant('clientele', 'ours', ['{directory}', alg]),
  ],
}));

/** A server that is asked for tokens; their signature is verified by the keys that it publishes. */
export function tokenContestant(name: string, server: string, args: readonly string[]): ContestantPlan {
  return { name, server, args, request: tokenRequest, check };
}

function tokenRequest({ clientId, secret }: Ready): LoadRequest {
  return {
    path: '/oauth/token',
    method: 'POST',
    headers: formHeaders,
    body: formOf({
      grant_type: 'client_credentials',
      client_id: String(clientId),
      client_secret: String(secret),
    }),
    expectedStatus: 200,
  };
}

async function check(origin: string, request: LoadRequest): Promise<void> {
  await mustVerify(origin, await fetchToken(origin, request));
}
