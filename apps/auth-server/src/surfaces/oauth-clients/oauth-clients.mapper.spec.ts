import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '#libs/clients';
import { DomainError, invalid } from '#libs/common';
import type { OAuthClientBody } from './oauth-clients.dto.js';
import { fromOAuthClient, inWireNames, toCreatedOAuthClient, toOAuthClient } from './oauth-clients.mapper.js';
import { fromPatch } from './oauth-clients-patch.mapper.js';

const body: OAuthClientBody = {
  businessName: 'Acme-Solar',
  homepageUrl: 'http://localhost:12345',
  name: 'Demo API Client',
  description: 'An API client',
  accessTokenValiditySeconds: 750,
  refreshTokenValiditySeconds: 86_400,
  redirectUris: ['http://localhost:12345'],
  grantTypes: ['AUTHORIZATION_CODE', 'CLIENT_CREDENTIALS', 'REFRESH_TOKEN'],
  accessType: 'OFFLINE',
  type: 'CONFIDENTIAL',
  internal: true,
  enabled: true,
  strongAuthSupported: true,
  claimsSupported: true,
  scope: ['demo:first', 'demo:second'],
};

/** The client that the domain makes of a body. */
function clientOf(overrides: Partial<OAuthClientBody> = {}): Client {
  return {
    ...fromOAuthClient({ ...body, ...overrides }, 'a'.repeat(32)).draft,
    createdAt: new Date('2017-07-11T18:45:37.098Z'),
    updatedAt: new Date('2018-06-25T20:22:28.104Z'),
  } as Client;
}

describe('fromOAuthClient', () => {
  it('keeps every field, and gives no rights but the scopes of the owner', () => {
    const { draft, credential, secret } = fromOAuthClient(body, 'a'.repeat(32));
    assert.deepEqual(draft.grantTypes, ['authorization_code', 'client_credentials', 'refresh_token']);
    assert.deepEqual(draft.authenticationMethods, ['client_secret_basic', 'client_secret_post']);
    assert.deepEqual(draft.roles, {});
    assert.equal(draft.defaultRolesAssignment, false);
    assert.equal(draft.scopesBoundByOwner, true);
    assert.equal(draft.offlineAccess, true);
    assert.deepEqual([credential, secret], [{ form: 'hex' }, undefined]);
  });

  it('is read back unchanged by toCreatedOAuthClient', () => {
    const { id, secret, created, modified, ...rest } = toCreatedOAuthClient({
      client: clientOf(),
      credential: null,
      secret: 'x',
    });
    assert.deepEqual(rest, body);
    assert.deepEqual([id, secret], ['a'.repeat(32), 'x']);
    assert.deepEqual([created, modified], ['2017-07-11T18:45:37.098Z', '2018-06-25T20:22:28.104Z']);
  });

  it('takes an empty list of scopes for none specified', () => {
    for (const scope of [[], null, undefined]) {
      assert.deepEqual(fromOAuthClient({ ...body, scope }, 'x').draft.scopes, ['sp:scopes:all']);
    }
  });

  it('gives a public client no way to prove itself', () => {
    const grantTypes: OAuthClientBody['grantTypes'] = ['AUTHORIZATION_CODE'];
    const { draft } = fromOAuthClient({ ...body, grantTypes, type: 'PUBLIC' }, 'x');
    assert.deepEqual([draft.type, draft.authenticationMethods], ['public', ['none']]);
  });
});

describe('fromPatch', () => {
  const patch = (client: Client, ...operations: Parameters<typeof fromPatch>[0]) =>
    fromPatch(operations, client, toOAuthClient({ client, lastUsedAt: null }, 3_600));

  it('makes a draft of nothing but the changed field', () => {
    const client = clientOf();
    const { draft } = patch(client, { op: 'replace', path: '/accessType', value: 'ONLINE' }) ?? {};
    assert.equal(draft?.offlineAccess, false);
    for (const [name, value] of Object.entries(draft ?? {})) {
      if (name !== 'offlineAccess') assert.deepEqual(value, client[name as keyof Client], name);
    }
    assert.equal('attributes' in (draft ?? {}), false);
  });

  it('keeps the other attributes when it changes one', () => {
    const { draft } = patch(clientOf(), { op: 'remove', path: '/businessName' }) ?? {};
    assert.deepEqual(draft?.attributes, {
      'oauth-clients': {
        businessName: null,
        homepageUrl: 'http://localhost:12345',
        internal: true,
        strongAuthSupported: true,
        claimsSupported: true,
      },
    });
  });

  it('does not make facts of what is only shown for a client that was made elsewhere', () => {
    const elsewhere = {
      ...clientOf(),
      name: null,
      description: null,
      accessTokenTtlSeconds: null,
      attributes: {},
    };
    const { draft } = patch(elsewhere, { op: 'replace', path: '/enabled', value: false }) ?? {};
    assert.equal(draft?.enabled, false);
    assert.deepEqual([draft?.name, draft?.description, draft?.accessTokenTtlSeconds], [null, null, null]);
  });

  it('is nothing when nothing changes', () => {
    assert.equal(patch(clientOf(), { op: 'test', path: '/enabled', value: true }), undefined);
  });
});

describe('inWireNames', () => {
  it('tells what the domain refuses in the names of this surface', async () => {
    const issues = ['accessTokenTtlSeconds', 'scopes[1]', 'redirectUris[0]'].map((path) => ({
      path,
      message: 'x',
    }));
    await assert.rejects(inWireNames(Promise.reject(invalid('no', issues))), (error) => {
      assert.ok(error instanceof DomainError);
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        ['accessTokenValiditySeconds', 'scope[1]', 'redirectUris[0]'],
      );
      return true;
    });
  });
});
