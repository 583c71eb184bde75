import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpException, NotFoundException } from '@nestjs/common';
import { DomainError, type DomainErrorKind, invalid, invalidClient, unavailable } from '#libs/common';
import { challengeOf } from '../challenge.js';
import { ErrorShapes } from './error-shapes.js';
import { nativeErrorShape } from './native-error-shape.js';
import { oauthErrorShape } from './oauth-error-shape.js';
import { type Problem, toProblem } from './problem.js';

const secret = 'cs_topsecret';
const request = { headers: {}, url: '/' };

/** A database error as pg makes it. */
function databaseError(code: string): Error {
  return Object.assign(new Error(`invalid value "${secret}"`), { severity: 'ERROR', code, detail: secret });
}

/** The same inside of TypeORM's wrapper. */
function queryFailed(code: string): Error {
  const driverError = databaseError(code);
  return Object.assign(new Error(driverError.message), { code, driverError, parameters: [secret] });
}

describe('toProblem', () => {
  it('gives each kind of domain error its status', () => {
    const statuses: Record<DomainErrorKind, number> = {
      invalid: 400,
      unauthenticated: 401,
      forbidden: 403,
      not_found: 404,
      conflict: 409,
      unprocessable: 422,
      too_many: 429,
      unavailable: 503,
    };
    for (const [kind, status] of Object.entries(statuses)) {
      assert.equal(toProblem(new DomainError(kind as DomainErrorKind, 'x'), 'id').status, status);
    }
  });

  it('rounds Retry-After up to whole seconds', () => {
    assert.equal(toProblem(unavailable('x', 0.2), 'id').headers['retry-after'], '1');
  });

  it('reads database errors by their SQLSTATE, wrapped or not', () => {
    const statuses = { '22P02': 400, '22021': 400, '22003': 400, '23505': 409, '53300': 503, '57P01': 503 };
    for (const [code, status] of Object.entries({ ...statuses, '08006': 503, '40P01': 503, '42P01': 500 })) {
      assert.equal(toProblem(databaseError(code), 'id').status, status, code);
      assert.equal(toProblem(queryFailed(code), 'id').status, status, code);
    }
    assert.equal(toProblem(queryFailed('57P03'), 'id').headers['retry-after'], '1');
  });

  it('takes a lost connection for a passing trouble', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const lost = [
      refused,
      new AggregateError([refused], ''),
      new Error('Connection terminated unexpectedly'),
      new Error('timeout exceeded when trying to connect'),
    ];
    for (const error of lost) assert.equal(toProblem(error, 'id').status, 503, error.message);
  });

  it('tells nothing of an error that nobody foresaw', () => {
    const errors = [
      new TypeError(`${secret} is not a function`),
      queryFailed('42P01'),
      queryFailed('22P02'),
      new NotFoundException(`Cannot GET /${secret}`),
      new HttpException({ secret }, 418),
      Object.assign(new Error(secret), { statusCode: 413 }),
      secret,
      undefined,
    ];
    for (const error of errors) {
      const problem = toProblem(error, 'the-request-id');
      const answers = [nativeErrorShape(problem, request), oauthErrorShape(problem, request)];
      assert.doesNotMatch(JSON.stringify([problem, answers]), /topsecret|TypeError|SQL|select/i);
      if (problem.status === 500) assert.match(JSON.stringify(answers), /the-request-id/);
    }
  });
});

describe('nativeErrorShape', () => {
  it('names every field and its rule', () => {
    const error = invalid('The body is not valid.', [
      { path: '[0].clientId', message: 'is required' },
      { path: 'limit', message: 'must be a whole number' },
    ]);
    assert.deepEqual(nativeErrorShape(toProblem(error, 'id'), request).body, {
      severity: 'Error',
      errorMessage: 'Bad request',
      errorCode: 400,
      errorDetailMessage: 'The body is not valid. [0].clientId: is required; limit: must be a whole number',
    });
  });
});

describe('oauthErrorShape', () => {
  const errorOf = (problem: Partial<Problem>) => {
    const whole = {
      status: 400,
      code: 'x',
      message: 'x',
      issues: [],
      headers: {},
      requestId: 'id',
      ...problem,
    };
    return oauthErrorShape(whole, request).body as { error: string; error_description: string };
  };

  it('keeps to the registered errors', () => {
    const byStatus = { 400: 'invalid_request', 401: 'invalid_client', 403: 'insufficient_scope' };
    const others = { 405: 'invalid_request', 415: 'invalid_request', 429: 'temporarily_unavailable' };
    for (const [status, error] of Object.entries({ ...byStatus, ...others, 500: 'server_error' })) {
      assert.equal(errorOf({ status: Number(status), code: 'our_own' }).error, error);
    }
    assert.equal(errorOf({ code: 'unsupported_grant_type' }).error, 'unsupported_grant_type');
  });

  it('keeps to the characters that RFC 6749 §5.2 allows', () => {
    const { error_description } = errorOf({ message: 'a "quoted" \\ line\nbreak, ü and 😀' });
    assert.match(error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
  });
});

describe('challengeOf', () => {
  it('is Basic for a client and Bearer for a token', () => {
    assert.match(challengeOf(toProblem(invalidClient(), 'id')) ?? '', /^Basic /);
    const missing = new DomainError('unauthenticated', 'x');
    assert.equal(challengeOf(toProblem(missing, 'id')), 'Bearer realm="clientele"');
    assert.equal(challengeOf(toProblem(invalid('x'), 'id')), undefined);
  });
});

describe('ErrorShapes', () => {
  it('finds the longest base path, at the boundary of a segment', () => {
    const shapes = new ErrorShapes();
    const outer = () => ({ body: 'outer' });
    const inner = () => ({ body: 'inner' });
    shapes.register('/v2/modules', outer);
    shapes.register('/v2/modules/special', inner);
    assert.equal(shapes.of('/v2/modules'), outer);
    assert.equal(shapes.of('/v2/modules/x/setups'), outer);
    assert.equal(shapes.of('/v2/modules/special/x'), inner);
    assert.equal(shapes.of('/v2/modulesque'), nativeErrorShape);
    assert.equal(shapes.of('/oauth/token'), oauthErrorShape);
    assert.equal(shapes.of('/oauth/customers'), nativeErrorShape);
    assert.throws(() => shapes.register('/v2/modules', inner));
  });
});
