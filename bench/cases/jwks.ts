import type { ContestantPlan, LoadRequest } from '../harness/contestant.js';
import type { BenchCase } from '../harness/race.js';
import { send } from './answers.js';

const path = '/.well-known/jwks.json';

/** `GET /.well-known/jwks.json` beside a bare node:http server that answers a constant. */
export const jwksCases: readonly BenchCase[] = [
  {
    name: 'jwks',
    title: `GET ${path}`,
    contestants: [
      contestant('bare node:http', 'bare-jwks', [], {}, 200),
      contestant('clientele', 'ours', ['{directory}', 'ES256'], {}, 200),
    ],
  },
  {
    name: 'jwks-not-modified',
    title: `GET ${path} with If-None-Match`,
    contestants: [
      contestant('bare node:http', 'bare-jwks', [], { 'if-none-match': '*' }, 304),
      contestant('clientele', 'ours', ['{directory}', 'ES256'], { 'if-none-match': '*' }, 304),
    ],
  },
];

function contestant(
  name: string,
  server: string,
  args: readonly string[],
  headers: Readonly<Record<string, string>>,
  expectedStatus: number,
): ContestantPlan {
  return { name, server, args, request: () => ({ path, method: 'GET', headers, expectedStatus }), check };
}

/** The set has keys, its entity tag brings a 304, and another one does not. */
async function check(origin: string, request: LoadRequest): Promise<void> {
  const plain = { ...request, headers: {}, expectedStatus: 200 };
  const answer = await send(origin, plain);
  const { keys } = (await answer.json()) as { keys: unknown[] };
  if (keys.length === 0) throw new Error('There is no key.');
  const known = { ...request, headers: { 'if-none-match': answer.headers.get('etag') ?? '' } };
  await send(origin, { ...known, expectedStatus: 304 });
  await send(origin, { ...plain, headers: { 'if-none-match': '"another"' } });
}
