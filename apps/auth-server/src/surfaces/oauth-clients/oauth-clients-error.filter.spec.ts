import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forbidden, invalid } from '#libs/common';
import { problemOfStatus, toProblem } from '../../http/problems/problem.js';
import { errorTexts, locales } from './error-texts.js';
import { errorShapeBy } from './oauth-clients-error.filter.js';

const requestId = 'b21b1f7ce4da4d639f2c62a57171b427';
const request = { headers: {}, url: '/oauth-clients' };
const shape = errorShapeBy({ nowSeconds: () => 1_000 });

function bodyOf(status: number): Record<string, unknown> {
  return shape(problemOfStatus(status, requestId), request).body as Record<string, unknown>;
}

function bearer(claims: unknown): { headers: Record<string, string>; url: string } {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return { ...request, headers: { authorization: `Bearer e30.${payload}.c2ln` } };
}

describe('the errors of /oauth-clients', () => {
  it('are the document’s for a fault of the server, which says nothing of the inside', () => {
    const answer = shape(toProblem(new Error('select secret from table'), requestId), request);
    assert.deepEqual(answer.body, {
      detailCode: '500.0 Internal Fault',
      trackingId: requestId,
      messages: [{ locale: 'en-US', localeOrigin: 'DEFAULT', text: 'An internal fault occurred.' }],
    });
    assert.equal(answer.trackingId, undefined);
  });

  it('have a code that begins with the status', () => {
    for (const status of Object.keys(errorTexts).map(Number)) {
      assert.match(`${bodyOf(status)['detailCode']}`, new RegExp(`^${status}(\\.\\d)? [A-Z]`));
    }
    assert.equal(bodyOf(502)['detailCode'], '500.0 Internal Fault');
    assert.equal(bodyOf(431)['detailCode'], '400.0 Bad request syntax');
  });

  it('have each text in each language', () => {
    for (const { texts } of Object.values(errorTexts)) {
      assert.equal(new Set(locales.map((locale) => texts[locale])).size, locales.length);
    }
  });

  it('tell the cause of a refusal only where it is more than the generic reason', () => {
    const generic = forbidden('The access token does not entitle you to this.', 'insufficient_scope');
    assert.equal('causes' in (shape(toProblem(generic, requestId), request).body as object), false);
    const special = shape(toProblem(forbidden('This role is beyond that.'), requestId), request);
    assert.match(JSON.stringify(special.body), /"causes":\[.*This role is beyond that\./);
  });

  it('have the path of an issue in its cause, where there is one', () => {
    const problem = toProblem(invalid('x', [{ path: '', message: 'must not be' }]), requestId);
    const { causes } = shape(problem, request).body as { causes: { text: string }[] };
    assert.deepEqual(
      causes.map(({ text }) => text),
      ['must not be'],
    );
  });

  it('say what is wrong with a token by what its sender can read in it', () => {
    const fault = (claims: unknown) =>
      (shape(problemOfStatus(401, requestId), bearer(claims)).body as { error: string }).error;
    assert.equal(fault({ exp: 1_000 }), 'JWT validation failed: JWT is expired');
    assert.equal(fault({ exp: 1_001 }), 'JWT validation failed: JWT is invalid or revoked');
    assert.equal(fault({ exp: '1' }), 'JWT validation failed: JWT is invalid or revoked');
    assert.equal(fault(null), 'JWT validation failed: JWT is malformed');
  });

  it('have a tracking id of 32 digits, always the same for a request id of another form', () => {
    const ids = ['caller.s-own', 'caller.s-own', 'another-one'].map(
      (id) => shape(problemOfStatus(404, id), request).trackingId,
    );
    for (const id of ids) assert.match(`${id}`, /^[0-9a-f]{32}$/);
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[0], ids[2]);
  });
});
