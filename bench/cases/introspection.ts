import { readFile } from 'node:fs/promises';
import type { ContestantPlan, LoadRequest, Ready } from '../harness/contestant.js';
import type { BenchCase } from '../harness/race.js';
import { mustVerify, send } from './answers.js';
import { formHeaders } from './forms.js';

/** More than the server remembers, so that each is forgotten before its turn comes again. */
const unseenTokens = '40000';

/** `POST /oauth/introspect` beside a bare node:http server that checks the secret and verifies the same signature. */
export const introspectionCases: readonly BenchCase[] = [
  introspection('unseen', 'tokens never seen before', unseenTokens),
  introspection('seen', 'one token again and again', '1'),
];

function introspection(name: string, what: string, tokens: string): BenchCase {
  return {
    name: `introspection-${name}`,
    title: `POST /oauth/introspect, ES256, ${what}`,
    contestants: [
      contestant('bare node:http', 'bare-introspection', ['{directory}', tokens]),
      contestant('clientele', 'ours', ['{directory}', 'ES256', tokens]),
    ],
  };
}

function contestant(name: string, server: string, args: readonly string[]): ContestantPlan {
  return { name, server, args, request: introspectionRequest, check };
}

function introspectionRequest({ bodiesFile }: Ready): LoadRequest {
  return {
    path: '/oauth/introspect',
    method: 'POST',
    headers: formHeaders,
    bodiesFile: String(bodiesFile),
    expectedStatus: 200,
  };
}

/** A live token is active, and one with another signature is not. */
async function check(origin: string, request: LoadRequest): Promise<void> {
  const [body = ''] = (await readFile(request.bodiesFile ?? '', 'utf8')).split('\n');
  const form = new URLSearchParams(body);
  const token = form.get('token') ?? '';
  await mustVerify(origin, token);
  const [header, payload, signature = ''] = token.split('.');
  const forged = `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  for (const [candidate, isActive] of [
    [token, true],
    [forged, false],
  ] as const) {
    form.set('token', candidate);
    const { active } = (await (await send(origin, request, form.toString())).json()) as { active: boolean };
    if (active !== isActive) throw new Error(`active is ${active} and should be ${isActive}.`);
  }
}
