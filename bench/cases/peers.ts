import type { BenchCase } from '../harness/race.js';
import { tokenContestant } from './token.js';

/** `POST /oauth/token` beside the libraries that one would otherwise take, all of them with ES256. */
export const peerCases: readonly BenchCase[] = [
  {
    name: 'peers',
    title: 'POST /oauth/token, ES256, beside other servers',
    contestants: [
      tokenContestant('node-oidc-provider 9, in memory', 'peer-oidc-provider', []),
      tokenContestant('@node-oauth/oauth2-server 5', 'peer-oauth2-server', []),
      tokenContestant('bare node:http', 'bare-token', ['ES256']),
      tokenContestant('clientele, PostgreSQL', 'ours', ['{directory}', 'ES256']),
      tokenContestant('clientele, chosen secret', 'ours', ['{directory}', 'ES256', '0', 'chosen']),
    ],
  },
  {
    name: 'chosen-secret',
    title: 'POST /oauth/token, ES256, a chosen secret that is stored as bcrypt',
    contestants: [
      tokenContestant('node-oidc-provider 9, bcrypt', 'peer-oidc-provider', ['bcrypt']),
      tokenContestant('clientele, chosen secret', 'ours', ['{directory}', 'ES256', '0', 'chosen']),
    ],
  },
];
