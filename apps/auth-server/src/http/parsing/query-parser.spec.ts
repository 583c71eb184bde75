import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isMalformedQuery, parseQuery } from './query-parser.js';

describe('parseQuery', () => {
  it('reads values, repeated values and names without a value', () => {
    assert.deepEqual({ ...parseQuery('a=1&b=x+y%26&a=2&c&a=3') }, { a: ['1', '2', '3'], b: 'x y&', c: '' });
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        parseQuery(text);
      }),
    );
  });

  it('remembers what can not be decoded, and more parameters than it reads', () => {
    assert.equal(isMalformedQuery(parseQuery('a=%ff')), true);
    assert.equal(isMalformedQuery(parseQuery('%zz=1')), true);
    assert.equal(isMalformedQuery(parseQuery('a=1&'.repeat(101))), true);
    assert.equal(isMalformedQuery(parseQuery('a=1&'.repeat(99))), false);
  });

  it('has no prototype to pollute', () => {
    const query = parseQuery('__proto__=1&constructor=2&toString=3');
    assert.deepEqual(Object.keys(query).sort(), ['__proto__', 'constructor', 'toString']);
    assert.equal(({} as Record<string, unknown>)['1'], undefined);
  });
});
