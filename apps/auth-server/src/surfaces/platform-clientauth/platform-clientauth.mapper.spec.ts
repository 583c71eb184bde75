import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CredentialOfClient } from '#libs/credentials';
import {
  fromAlgorithm,
  fromNewCredential,
  fromQuery,
  fromTokenRequest,
  toCredential,
  toToken,
} from './platform-clientauth.mapper.js';

const now = new Date('2026-01-31T12:00:00.000Z');
const later = new Date('2026-01-31T13:00:00.000Z');
const signer = { alg: 'EdDSA', kid: 'the-kid' };

/** A credential as it comes from the database, with what a test changes. */
function stored(credential: object = {}, client: object = {}): CredentialOfClient {
  return {
    credential: {
      id: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60',
      name: 'render farm',
      createdAt: now,
      lastUsedAt: null,
      expiresAt: null,
      retiresAt: null,
      revokedAt: null,
      ...credential,
    },
    client: { clientId: 'abc', name: 'the client', ...client },
  } as CredentialOfClient;
}

describe('fromNewCredential', () => {
  it('asks for a client with nothing but a name, and gives the name to its credential', () => {
    const { draft, credential, secret } = fromNewCredential({ name: 'x', alg: 'RS256' }, 'abc');
    assert.deepEqual([draft.clientId, draft.name, secret], ['abc', 'x', undefined]);
    assert.deepEqual([draft.scopes, draft.roles, draft.defaultRolesAssignment], [[], undefined, false]);
    assert.deepEqual(credential, { name: 'x', alg: 'RS256' });
  });
});

describe('fromAlgorithm', () => {
  it('is EdDSA unless there is another', () => {
    const algorithms = [undefined, null, '', 'ES256'].map((alg) =>
      fromAlgorithm({ name: 'x', ...(alg !== undefined && { alg }) }),
    );
    assert.deepEqual(algorithms, ['EdDSA', 'EdDSA', 'EdDSA', 'ES256']);
  });
});

describe('fromQuery and fromTokenRequest', () => {
  it('have the usual values where nothing is said', () => {
    assert.deepEqual(fromQuery({}), { limit: 25, offset: 0 });
    const body = { client_id: 'a', client_secret: 'b', subject: 'c' };
    assert.deepEqual(fromTokenRequest(body), { subject: 'c', ttlSeconds: 900 });
    assert.deepEqual(fromTokenRequest({ ...body, ttl_minutes: 2 }), { subject: 'c', ttlSeconds: 120 });
  });
});

describe('toCredential', () => {
  it('has the keys in the order of the document', () => {
    assert.deepEqual(Object.keys(toCredential(stored(), signer, now)), [
      'alg',
      'client_id',
      'created_at',
      'id',
      'kid',
      'last_used_at',
      'name',
      'status',
    ]);
  });

  it('always has a name', () => {
    const nameOf = (...parts: Parameters<typeof stored>) => toCredential(stored(...parts), signer, now).name;
    assert.equal(nameOf(), 'render farm');
    assert.equal(nameOf({ name: null }), 'the client');
    assert.equal(nameOf({ name: null }, { name: null }), 'abc');
  });

  for (const [what, credential, status] of [
    ['one without an end', {}, 'ACTIVE'],
    ['one that ends later', { expiresAt: later }, 'ACTIVE'],
    ['one in the overlap of a rotation', { retiresAt: later }, 'ACTIVE'],
    ['one that has ended', { expiresAt: now }, 'REVOKED'],
    ['one that was rotated away', { retiresAt: now }, 'REVOKED'],
    ['one that was revoked', { revokedAt: now, expiresAt: later }, 'REVOKED'],
  ] as const) {
    it(`calls ${what} ${status}`, () => {
      assert.equal(
        toCredential(stored(credential), signer, now).status,
        `CLIENT_CREDENTIAL_STATUS_${status}`,
      );
    });
  }
});

describe('toToken', () => {
  it('tells the moment of expiry as a date', () => {
    const issued = {
      accessToken: 'x',
      expiresInSeconds: 60,
      scope: 'read',
      jti: 'j',
      expiresAtSeconds: 1_769_860_800,
    };
    assert.deepEqual(toToken(issued), {
      access_token: 'x',
      token_type: 'Bearer',
      expires_in: 60,
      expires_at: '2026-01-31T12:00:00.000Z',
    });
  });
});
