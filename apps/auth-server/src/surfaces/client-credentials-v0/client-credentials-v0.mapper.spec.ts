import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CredentialOfClient } from '#libs/credentials';
import { Form } from '../../http/parsing/form.js';
import {
  fromNewCredential,
  fromProof,
  fromQuery,
  fromTokenForm,
  toCredential,
  toToken,
} from './client-credentials-v0.mapper.js';

function formOf(...fields: readonly (readonly [name: string, value: string])[]): Form {
  const form = new Form();
  for (const [name, value] of fields) form.append(name, value);
  return form;
}

describe('fromNewCredential', () => {
  it('asks for a client with nothing but a name, and a secret in Base64', () => {
    const { draft, credential } = fromNewCredential({ name: 'x', expires: '2028-06-21T00:00:00Z' }, 'abc');
    assert.deepEqual([draft.clientId, draft.name], ['abc', 'x']);
    assert.deepEqual([draft.scopes, draft.roles, draft.defaultRolesAssignment], [[], undefined, false]);
    const expiresAt = new Date('2028-06-21T00:00:00.000Z');
    assert.deepEqual(credential, { name: 'x', expiresAt, form: 'base64' });
  });

  it('takes null and nothing for no name, and for the end that the customer has set', () => {
    for (const body of [{}, { name: null, expires: null }]) {
      const { credential } = fromNewCredential(body, 'abc');
      assert.deepEqual(credential, { name: null, form: 'base64' });
    }
  });
});

describe('fromQuery', () => {
  it('asks for the first thousand unless told otherwise', () => {
    assert.deepEqual(fromQuery({}), { limit: 1000, offset: 0 });
    assert.deepEqual(fromQuery({ limit: 2, offset: 3 }), { limit: 2, offset: 3 });
  });
});

describe('fromTokenForm', () => {
  it('finds a parameter under each of its names', () => {
    for (const name of ['ClientId', 'CLIENTID', 'client_id', 'Client_Id']) {
      assert.equal(fromTokenForm(formOf([name, 'abc'])).single('client_id'), 'abc');
    }
  });

  it('has nothing of an absent body, and nothing of fields that it does not know', () => {
    assert.equal(fromTokenForm(undefined).single('client_id'), undefined);
    assert.equal(fromTokenForm(formOf(['Client-Id', 'abc'])).single('client_id'), undefined);
  });

  it('refuses a parameter that was sent twice, under one name or two', () => {
    for (const second of ['ClientId', 'clientid', 'client_id']) {
      const form = formOf(['ClientId', 'a'], [second, 'a']);
      assert.throws(() => fromTokenForm(form), { code: 'invalid_request' });
    }
  });
});

describe('fromProof', () => {
  it('is that of client_secret_post', () => {
    const parameters = fromTokenForm(formOf(['ClientId', 'a'], ['ClientSecret', 'b']));
    assert.deepEqual(fromProof(parameters), { method: 'client_secret_post', clientId: 'a', secret: 'b' });
  });

  it('names everything that is missing or empty', () => {
    const parameters = fromTokenForm(formOf(['ClientSecret', '']));
    assert.throws(
      () => fromProof(parameters),
      ({ issues }: { issues: { path: string }[] }) =>
        issues.map(({ path }) => path).join() === 'ClientId,ClientSecret',
    );
  });

  it('refuses an id and a secret that are too long for any client', () => {
    for (const fields of [
      [['ClientId', 'a'.repeat(256)] as const],
      [['ClientId', 'a'] as const, ['ClientSecret', 'b'.repeat(1025)] as const],
    ]) {
      assert.throws(() => fromProof(fromTokenForm(formOf(...fields))), { code: 'invalid_request' });
    }
  });
});

describe('toCredential', () => {
  const created = new Date('2024-06-21T15:19:05.319Z');
  const pair = {
    credential: { id: 'the-id', name: null, createdAt: created, expiresAt: null },
    client: { clientId: 'abc', name: 'the client' },
  } as CredentialOfClient;

  it('has the keys in the order of the document, and never a secret', () => {
    assert.deepEqual(Object.entries(toCredential(pair)), [
      ['credentialId', 'the-id'],
      ['clientId', 'abc'],
      ['name', 'the client'],
      ['secret', null],
      ['expires', null],
      ['created', '2024-06-21T15:19:05.319Z'],
    ]);
  });
});

describe('toToken', () => {
  it('has three keys', () => {
    const issued = { accessToken: 'x', expiresInSeconds: 60, scope: 'read', jti: 'j', expiresAtSeconds: 1 };
    assert.deepEqual(toToken(issued), { accessToken: 'x', tokenType: 'bearer', expiresIn: 60 });
  });
});
