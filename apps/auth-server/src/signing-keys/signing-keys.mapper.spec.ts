import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SigningKey } from '#libs/keys';
import { toSigningKey } from './signing-keys.mapper.js';

it('toSigningKey answers nothing but the facts of the rotation', () => {
  const createdAt = new Date('2026-01-31T12:00:00.000Z');
  const key = {
    kid: 'k',
    alg: 'ES256',
    state: 'pending',
    publicJwk: { kty: 'EC', d: 'never' },
    sealedPrivateKey: 'sealed',
    createdAt,
    activatableAt: createdAt,
    activatedAt: null,
    retirableAt: null,
    retiredAt: null,
  } as SigningKey;
  assert.deepEqual(toSigningKey(key), {
    kid: 'k',
    alg: 'ES256',
    state: 'pending',
    createdAt: '2026-01-31T12:00:00.000Z',
    activatableAt: '2026-01-31T12:00:00.000Z',
    activatedAt: null,
    retirableAt: null,
    retiredAt: null,
  });
});
