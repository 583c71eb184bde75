import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HttpProblem } from '../problems/problem.js';
import { parseJson } from './json-parser.js';

const parse = (text: string) => parseJson(Buffer.from(text));

function refusal(text: string): HttpProblem {
  try {
    parse(text);
  } catch (error) {
    return error as HttpProblem;
  }
  throw new assert.AssertionError({ message: `accepted ${text}` });
}

describe('parseJson', () => {
  it('reads what JSON.stringify writes', () => {
    const value = fc.jsonValue({ maxDepth: 6, depthSize: 'medium' });
    fc.assert(
      fc.property(value, fc.constantFrom('', '\t', '  '), (expected, indent) => {
        const text = JSON.stringify(expected, null, indent);
        let actual: unknown;
        try {
          actual = parse(text);
        } catch (error) {
          assert.equal((error as HttpProblem).code, 'invalid_json');
          return;
        }
        assert.deepEqual(actual, JSON.parse(text));
      }),
    );
  });

  it('accepts and refuses the same texts as JSON.parse', () => {
    const character = fc.constantFrom(...'{}[]",:\\u0019.-+eE \ntruefalsn'.split(''));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.equal(refusal(text).code, 'malformed_json');
          return;
        }
        try {
          assert.deepEqual(parse(text), expected);
        } catch (error) {
          assert.equal((error as HttpProblem).code, 'invalid_json');
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('names line and column of a syntax error and repeats nothing of the body', () => {
    const problem = refusal('{\n  "clientSecret": topsecret\n}');
    assert.equal(problem.status, 400);
    assert.equal(problem.code, 'malformed_json');
    assert.equal(problem.message, 'The body is not valid JSON: error at line 2, column 19.');
    for (const text of ['', '{', '[1,]', '{"a":1,}', '"a', '01', '1 2', "{'a':1}", '[1', '"\\x"', '"\n"']) {
      assert.equal(refusal(text).code, 'malformed_json', text);
    }
  });

  it('refuses names that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '\\u005f_proto__']) {
      assert.equal(refusal(`{"${name}":{"polluted":1}}`).code, 'invalid_json', name);
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('refuses a repeated name and tells which', () => {
    assert.deepEqual(refusal('[{"a":{"clientId":"x","clientId":"y"}}]').issues, [
      { path: '[0].a.clientId', message: 'must not be repeated' },
    ]);
  });

  it('refuses NUL and lone surrogates and names the field', () => {
    const body = '[{},{"clientPermissions":{"roles":{"ROLE_X":["a\\u0000"]}}}]';
    assert.equal(refusal(body).issues[0]?.path, '[1].clientPermissions.roles.ROLE_X[0]');
    assert.equal(refusal('{"name":"\\ud800"}').issues[0]?.path, 'name');
    assert.equal(parse('"\\ud83d\\ude00"'), '😀');
  });

  it('limits the depth to 32 levels', () => {
    parse('['.repeat(32) + ']'.repeat(32));
    assert.equal(refusal('['.repeat(33) + ']'.repeat(33)).code, 'json_too_deep');
    assert.equal(refusal('{"a":'.repeat(20_000)).code, 'json_too_deep');
  });

  it('refuses invalid UTF-8 and numbers beyond the range', () => {
    assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22])), { code: 'malformed_json' });
    assert.equal(refusal('{"a":1e999}').issues[0]?.path, 'a');
  });

  it('does not repeat an odd name in a path', () => {
    assert.equal(refusal('{"a\\nb c":"\\u0000"}').issues[0]?.path, '*');
  });
});
