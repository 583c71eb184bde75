import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { KeyedHash } from './keyed-hash.js';

describe('KeyedHash', () => {
  it('makes the HMAC-SHA-256 of node:crypto, whatever the key, the text and what was hashed before', () => {
    for (const keyLength of [1, 32, 63, 64, 65, 200]) {
      const key = randomBytes(keyLength);
      const keyed = new KeyedHash(key);
      for (const text of [
        '',
        'secret',
        'a\0b',
        'ä€😀',
        '\ud800',
        'x'.repeat(1_365),
        '€'.repeat(1_365),
        'x'.repeat(1_366),
        '€'.repeat(5_000),
        'secret',
      ]) {
        const expected = createHmac('sha256', key).update(text).digest('base64url');
        assert.equal(keyed.of(text), expected, `key of ${keyLength}, text of ${text.length}`);
      }
    }
  });

  it('gives the value of RFC 4231, test case 2', () => {
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    const digest = new KeyedHash(Buffer.from('Jefe')).of('what do ya want for nothing?');
    assert.equal(Buffer.from(digest, 'base64url').toString('hex'), expected);
  });
});
