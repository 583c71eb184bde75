import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Credential } from '#libs/credentials';
import {
  fromChanges,
  fromNewCredential,
  fromRotation,
  toCredential,
  toRotatedCredential,
} from './credentials.mapper.js';

const now = new Date('2026-01-31T12:00:00.000Z');
const later = new Date('2026-02-01T12:00:00.000Z');

const credential = (overrides: Partial<Credential> = {}): Credential => ({
  id: 'c1',
  organizationId: 'org',
  clientRowId: 'row',
  name: null,
  kind: 'client_secret',
  hint: 'cls_…abcd',
  hash: 'the hash',
  alg: null,
  kid: null,
  createdBy: 'admin',
  createdAt: now,
  expiresAt: null,
  retiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  replaces: null,
  ...overrides,
});

describe('fromChanges', () => {
  it('tells what is left out from what is taken away', () => {
    assert.deepEqual(fromChanges({}), {});
    assert.deepEqual(fromChanges({ name: null, expiresAt: null }), { name: null, expiresAt: null });
    assert.deepEqual(fromChanges({ expiresAt: later.toISOString() }), { expiresAt: later });
  });
});

describe('fromNewCredential and fromRotation', () => {
  it('have their defaults', () => {
    assert.deepEqual(fromNewCredential({}), { name: null, expiresAt: null });
    assert.deepEqual(fromRotation({}), { overlapSeconds: 86_400, expiresAt: null });
    assert.deepEqual(fromRotation({ overlapSeconds: 0, name: null }), {
      overlapSeconds: 0,
      expiresAt: null,
      name: null,
    });
  });
});

describe('toCredential', () => {
  it('answers neither hash nor rows', () => {
    const text = JSON.stringify(toCredential(credential(), now));
    assert.doesNotMatch(text, /hash|org|row/);
  });

  const statuses: [Partial<Credential>, string][] = [
    [{}, 'active'],
    [{ expiresAt: later }, 'active'],
    [{ expiresAt: now }, 'expired'],
    [{ retiresAt: later }, 'retiring'],
    [{ retiresAt: now }, 'retired'],
    [{ retiresAt: later, expiresAt: now }, 'expired'],
    [{ retiresAt: now, expiresAt: now, revokedAt: now }, 'revoked'],
  ];
  for (const [times, status] of statuses) {
    it(`calls a credential with ${Object.keys(times).join(', ') || 'no end'} ${status}`, () => {
      assert.equal(toCredential(credential(times), now).status, status);
    });
  }
});

describe('toRotatedCredential', () => {
  it('answers the secret and what it replaces', () => {
    const issued = { credential: credential({ replaces: 'c0' }), secret: 'cls_x' };
    const { clientSecret, replaces } = toRotatedCredential(issued, now);
    assert.deepEqual([clientSecret, replaces], ['cls_x', 'c0']);
  });
});
