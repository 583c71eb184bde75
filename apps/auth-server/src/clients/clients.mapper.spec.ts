import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '#libs/clients';
import { invalid } from '#libs/common';
import type { ClientBody } from './clients.dto.js';
import {
  fromClient,
  fromClientAt,
  fromClients,
  inWireNames,
  toClient,
  toCreatedClient,
} from './clients.mapper.js';

const body = (overrides: Partial<ClientBody> = {}): ClientBody => ({
  clientId: 'a',
  authorizedGrantTypes: ['client_credentials'],
  clientAuthenticationMethods: ['client_secret_basic'],
  ...overrides,
});

const clientOf = (overrides: Partial<ClientBody> = {}): Client =>
  ({ ...fromClient(body(overrides)).draft, id: 'row', tokenGeneration: 1 }) as Client;

describe('fromClient', () => {
  it('fills in the defaults of the document', () => {
    const { draft, secret, path } = fromClient(body());
    assert.deepEqual(
      [draft.enabled, draft.defaultRolesAssignment, draft.accessTokenTtlSeconds, draft.roles, secret, path],
      [true, true, null, {}, undefined, ''],
    );
  });

  it('keeps what is false or null', () => {
    const { draft } = fromClient(
      body({ enabled: false, defaultRolesAssignmentEnabled: false, clientName: null }),
    );
    assert.deepEqual([draft.enabled, draft.defaultRolesAssignment, draft.name], [false, false, null]);
  });

  it('takes a tenant once', () => {
    const roles = { ROLE_USER: ['b', 'a', 'b'] };
    assert.deepEqual(fromClient(body({ clientPermissions: { roles } })).draft.roles, {
      ROLE_USER: ['b', 'a'],
    });
  });

  it('says nothing of what only other surfaces know', () => {
    assert.equal('attributes' in fromClient(body()).draft, false);
  });
});

describe('fromClients', () => {
  it('places each client in the array', () => {
    assert.deepEqual(
      fromClients([body(), body({ clientId: 'b' })]).map(({ path }) => path),
      ['[0]', '[1]'],
    );
  });
});

describe('fromClientAt', () => {
  it('refuses a body that names another client than the path', () => {
    assert.equal(fromClientAt('a', body()).draft.clientId, 'a');
    assert.throws(() => fromClientAt('A', body()), {
      issues: [{ path: 'clientId', message: 'must be the clientId of the path' }],
    });
  });
});

describe('toClient', () => {
  it('answers the fields in the order of the document, and nothing of the domain', () => {
    assert.deepEqual(Object.keys(toClient(clientOf())), [
      'clientId',
      'scope',
      'clientPermissions',
      'authorities',
      'resourceIds',
      'authorizedGrantTypes',
      'clientDescription',
      'clientName',
      'clientEmail',
      'redirectUri',
      'accessTokenValidity',
      'refreshTokenValidity',
      'defaultRolesAssignmentEnabled',
      'clientAuthenticationMethods',
      'enabled',
    ]);
  });

  it('answers http://localhost where there is no redirection', () => {
    assert.deepEqual(toClient(clientOf()).redirectUri, ['http://localhost']);
    assert.deepEqual(toClient(clientOf({ redirectUri: ['https://a'] })).redirectUri, ['https://a']);
  });

  it('sorts roles by name', () => {
    const client = clientOf({ clientPermissions: { roles: { ROLE_USER: [], ROLE_API: ['b', 'a'] } } });
    assert.equal(
      JSON.stringify(toClient(client).clientPermissions),
      '{"roles":{"ROLE_API":["b","a"],"ROLE_USER":[]}}',
    );
  });
});

describe('toCreatedClient', () => {
  it('answers the secret after the id, once', async () => {
    const created = await toCreatedClient({ client: clientOf(), credential: null, secret: 'cls_x' });
    assert.deepEqual(Object.entries(created).slice(0, 2), [
      ['clientId', 'a'],
      ['clientSecret', 'cls_x'],
    ]);
  });
});

describe('inWireNames', () => {
  const translated = async (path: string): Promise<string> => {
    const failure = Promise.reject(invalid('bad', [{ path, message: 'm' }]));
    const error = await inWireNames(failure).catch((caught) => caught);
    return error.issues[0].path;
  };

  for (const [path, wirePath] of [
    ['accessTokenTtlSeconds', 'accessTokenValidity'],
    ['[2].grantTypes[1]', '[2].authorizedGrantTypes[1]'],
    ['[12].roles.ROLE_X[0]', '[12].clientPermissions.roles.ROLE_X[0]'],
    ['[0].roles.ROLE_name', '[0].clientPermissions.roles.ROLE_name'],
    ['[0].clientSecret', '[0].clientSecret'],
    ['clientId', 'clientId'],
  ] as const) {
    it(`calls ${path} ${wirePath}`, async () => {
      assert.equal(await translated(path), wirePath);
    });
  }

  it('leaves other errors as they are', async () => {
    const error = new Error('other');
    assert.equal(await inWireNames(Promise.reject(error)).catch((caught) => caught), error);
  });
});
