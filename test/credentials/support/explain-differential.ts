import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Answer } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import { FrozenTime, type Member, Population } from './explain-population.js';

/** A token request, with the secret of nobody, of the one that explain takes, or of one of the client's credentials. */
interface WouldBeRequest {
  readonly member: number;
  readonly credential: number | 'none' | 'likely';
  readonly method: 'client_secret_basic' | 'client_secret_post';
  readonly grantType: string | undefined;
  readonly scope: string | undefined;
  readonly resource: string | undefined;
  readonly address: string;
}

/** Of somebody who guesses on and on, so that his failures become too many. */
const guess: WouldBeRequest = {
  member: 0,
  credential: 'none',
  method: 'client_secret_basic',
  grantType: undefined,
  scope: undefined,
  resource: undefined,
  address: '203.0.113.9',
};

const requests = (members: number): fc.Arbitrary<WouldBeRequest> =>
  fc.oneof({ weight: 3, arbitrary: anyRequest(members) }, { weight: 1, arbitrary: fc.constant(guess) });

const anyRequest = (members: number): fc.Arbitrary<WouldBeRequest> =>
  fc.record({
    member: fc.nat(members - 1),
    credential: fc.oneof(
      { weight: 6, arbitrary: fc.nat(3) },
      { weight: 2, arbitrary: fc.constant('likely' as const) },
      { weight: 1, arbitrary: fc.constant('none' as const) },
    ),
    method: fc.constantFrom('client_secret_basic', 'client_secret_post'),
    grantType: mostly(
      undefined,
      '',
      'authorization_code',
      'password',
      'Client_Credentials',
      'x'.repeat(1_025),
    ),
    scope: mostly(
      undefined,
      '',
      'read',
      'write',
      'read write',
      'read read',
      'read  write',
      'admin',
      ' read',
      'x'.repeat(9_000),
    ),
    resource: mostly(
      undefined,
      '',
      'https://a.example',
      'https://b.example',
      'https://c.example',
      'x'.repeat(1_100),
    ),
    address: fc.constantFrom(
      '192.0.2.7',
      '::ffff:192.0.2.7',
      '198.51.100.7',
      '203.0.113.9',
      '10.1.2.3',
      '2001:db8::1',
      '2001:db9::1',
    ),
  });

/** The first one most of the time. */
function mostly<T>(first: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(first) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

const requestsPerMoment = 40;
const secondsInAll = 5_000;

/** How many requests came out how: by `issued`, or by the rule that refused. */
export type Outcomes = ReadonlyMap<string, number>;

/**
 * Asks explain and then the token endpoint, request by request, while time passes, and asserts that they agree: in
 * status, error and description, or in claims, lifetime, scope and algorithm.
 *
 * @param count of requests
 * @param rounds as clientsEach, for the population
 */
export async function compareExplainWithTokens(
  count: number,
  rounds: number,
  clientsEach: number,
): Promise<Outcomes> {
  const server = await startServer({ settings: { trustedProxies: ['127.0.0.0/8'] } });
  try {
    const time = new FrozenTime(server);
    const population = new Population(server, time);
    await population.settle(rounds, clientsEach);
    const seed = Date.now();
    const outcomes = new Map<string, number>();
    const secondsPerMoment = (secondsInAll * requestsPerMoment) / count;
    for (const [index, request] of fc
      .sample(requests(population.members.length), { numRuns: count, seed })
      .entries()) {
      if (index % requestsPerMoment === 0) time.pass(secondsPerMoment);
      const outcome = await compareOne(server, population, request).catch((error) => {
        throw new Error(`request ${index} of seed ${seed}: ${JSON.stringify(request)}`, { cause: error });
      });
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    return outcomes;
  } finally {
    await server.close();
  }
}

async function compareOne(
  server: TestServer,
  population: Population,
  request: WouldBeRequest,
): Promise<string> {
  const member = population.members[request.member] as Member;
  const { credential, method, address } = request;
  const chosen = typeof credential === 'number' && member.credentials[credential % member.credentials.length];
  const parameters = definedOf({
    grantType: request.grantType,
    scope: request.scope,
    resource: request.resource,
  });
  const path = `/oauth/customers/${member.customerId}/clients/${member.clientId}/explain`;
  const explained = await population.call('POST', path, {
    ...parameters,
    authenticationMethod: method,
    address,
    ...(credential === 'none' && { credentialId: null }),
    ...(chosen && { credentialId: chosen.id }),
  });
  const assumed = chosen || member.credentials.find(({ id }) => id === explained.credentialId);
  const real = await askForToken(server, member, assumed?.secret ?? 'no secret of anybody', request);
  assertAgree(explained, real);
  return explained.refusedBy ?? 'issued';
}

function askForToken(
  server: TestServer,
  { clientId }: Member,
  secret: string,
  { method, grantType = 'client_credentials', scope, resource, address }: WouldBeRequest,
): Promise<Answer> {
  const isPost = method === 'client_secret_post';
  return server.request('POST', '/oauth/token', {
    ...(!isPost && { basic: [clientId, secret] as const }),
    headers: { 'x-forwarded-for': address },
    form: definedOf({
      grant_type: grantType,
      scope,
      resource,
      ...(isPost && { client_id: clientId, client_secret: secret }),
    }),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: as the body of an Answer
function assertAgree(explained: any, real: Answer): void {
  const words = `${JSON.stringify(explained)}\n${real.text}`;
  assert.equal(explained.status, real.status, words);
  if (real.status !== 200) {
    const { error, error_description } = real.body;
    assert.deepEqual([explained.error, explained.errorDescription], [error, error_description], words);
    assert.equal(explained.rules.at(-1).result, 'failed');
    assert.equal(explained.outcome, 'refused');
    return;
  }
  assert.equal(explained.outcome, 'issued');
  const { claims, expiresIn, scope, algorithm, isReused } = explained.token;
  assert.deepEqual([expiresIn, scope], [real.body.expires_in, real.body.scope ?? null], words);
  const [header = '', payload = ''] = real.body.access_token.split('.');
  const { jti: _none, ...issued } = decoded(payload);
  assert.deepEqual({ ...claims, iat: isReused ? issued['iat'] : claims.iat }, issued, words);
  assert.equal(algorithm, decoded(header)['alg']);
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

function definedOf(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}
