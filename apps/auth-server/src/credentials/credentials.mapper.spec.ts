import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Credential } from '#libs/credentials';
import {
  fromChanges,
  fromCredentialsQuery,
  fromNewCredential,
  toCredential,
  toRotatedCredential,
} from './credentials.mapper.js';
import { fromRotation } from './rotations.mapper.js';

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
  publicJwk: null,
  thumbprint: null,
  alg: null,
  kid: null,
  allowedNetworks: null,
  quarantine: null,
  createdBy: 'admin',
  createdAt: now,
  expiresAt: null,
  retiresAt: null,
  retireAfterQuietSeconds: null,
  retirementNoted: false,
  expiryNotedDays: null,
  lastUsedAt: null,
  lastAddress: null,
  lastUserAgent: null,
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
  it('tell an end that is left out from none at all', () => {
    assert.deepEqual(fromNewCredential({}), { name: null });
    assert.deepEqual(fromNewCredential({ expiresAt: null }), { name: null, expiresAt: null });
    assert.deepEqual(fromRotation({}), {});
    assert.deepEqual(fromRotation({ overlapSeconds: 0, name: null, expiresAt: null }), {
      overlapSeconds: 0,
      expiresAt: null,
      name: null,
    });
  });
});

describe('fromCredentialsQuery', () => {
  it('reads durations', () => {
    const seconds = (expiringWithin: string) =>
      fromCredentialsQuery({ expiringWithin }).expiringWithinSeconds;
    assert.deepEqual(
      ['45s', '90m', '12h', '30d', '2w'].map(seconds),
      [45, 5_400, 43_200, 2_592_000, 1_209_600],
    );
    assert.deepEqual(fromCredentialsQuery({}), {});
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
  it('answers the secret and what it replaces', async () => {
    const issued = { credential: credential({ replaces: 'c0' }), secret: 'cls_x' };
    const { clientSecret, replaces } = await toRotatedCredential(issued, now);
    assert.deepEqual([clientSecret, replaces], ['cls_x', 'c0']);
  });
});
