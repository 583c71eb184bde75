import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClientVersion } from '#libs/clients';
import { DomainError } from '#libs/common';
import type { RegisteredWithSecret } from '#libs/credentials';
import { fromRegistration } from './registration.mapper.js';
import type { SetupClientBody } from './setup-clients.dto.js';
import { fromClient, fromClientLabels, toClient, toCreatedClient, toNames } from './setup-clients.mapper.js';
import { fromSetup, toSetup } from './setups.mapper.js';

const smallest: SetupClientBody = { name: 'Smallest' };
const row = '5a9d1c3e-7f2b-4a6d-8e0f-1a2b3c4d5e6f';

/** A client of a draft, as the domain would have it. */
function versionOf(body: SetupClientBody): ClientVersion {
  const draft = fromClient(body);
  return {
    clientId: draft.clientId ?? 'generated',
    state: {
      ...draft,
      grantTypes: [...(draft.grantTypes ?? ['authorization_code'])],
      inheritsGrantTypes: draft.grantTypes === undefined,
    },
    validFrom: draft.validFrom ?? new Date(0),
  };
}

describe('fromClient', () => {
  it('leaves open what the setup decides', () => {
    const draft = fromClient(smallest);
    assert.deepEqual(
      [draft.grantTypes, draft.accessTokenTtlSeconds, draft.authorization, draft.secret, draft.validFrom],
      [undefined, null, {}, undefined, undefined],
    );
  });

  it('makes a confidential client of client_secret_basic, and of a public one none', () => {
    assert.deepEqual(fromClient(smallest).authenticationMethods, ['client_secret_basic']);
    const app = fromClient({ ...smallest, confidentiality_type: 'public' });
    assert.deepEqual([app.type, app.authenticationMethods], ['public', ['none']]);
  });

  it('takes null for absent', () => {
    const nulls = { client_id: null, client_secret: null, grant_types: null, owner: null, metadata: null };
    assert.deepEqual(fromClient({ ...smallest, ...nulls, valid_from: null }), fromClient(smallest));
  });

  it('reads a moment with its offset', () => {
    const { validFrom } = fromClient({ ...smallest, valid_from: '2030-01-31T13:00:00+01:00' });
    assert.equal(validFrom?.toISOString(), '2030-01-31T12:00:00.000Z');
  });

  it('refuses what does not go together', () => {
    const both = { jwks: { keys: [] }, jwks_uri: 'https://client.example/jwks' };
    assert.throws(() => fromClient({ ...smallest, ...both }), DomainError);
    assert.throws(() => fromClient({ ...smallest, id_token_encrypted_response_enc: 'A256GCM' }), DomainError);
  });
});

describe('toClient', () => {
  it('gives back what fromClient read', () => {
    const body: SetupClientBody = {
      ...smallest,
      client_id: 'mine',
      grant_types: ['client_credentials'],
      access_token_ttl: 60,
      force_reauthentication: false,
      metadata: [{ name: 'a', locale: 'de', value: 'b' }],
      valid_from: '2030-01-31T12:00:00.000Z',
    };
    const answer = toClient(versionOf(body)) as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(body)) assert.deepEqual(answer[name], value, name);
  });

  it('has no member without a value, and never a secret', () => {
    const answer = toClient(versionOf({ ...smallest, client_secret: 'a secret of my own' }));
    assert.ok(Object.values(answer).every((value) => value !== null && value !== undefined));
    assert.ok(!JSON.stringify(answer).includes('a secret of my own'));
  });

  it('names a client that has no name by its client_id', () => {
    const { state, ...rest } = versionOf(smallest);
    assert.equal(toClient({ ...rest, state: { ...state, name: null } }).name, 'generated');
  });
});

describe('toCreatedClient', () => {
  const registered = { client: { id: row }, secret: 'generated' } as RegisteredWithSecret;
  it('answers a secret that was generated, and none that the caller knows', () => {
    const clientId = '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f';
    assert.deepEqual(toCreatedClient(registered, false), { clientId, client_secret: 'generated' });
    assert.deepEqual(toCreatedClient(registered, true), { clientId });
    assert.deepEqual(toCreatedClient({ ...registered, secret: null }, false), { clientId });
  });
});

describe('toNames', () => {
  it('maps internal ids to names', () => {
    const found = { id: row, createdAt: new Date(), clientId: 'c', name: null };
    const { body } = toNames({ items: [found], nextCursor: undefined });
    assert.deepEqual(body, { '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f': 'c' });
  });
});

describe('fromClientLabels', () => {
  it('asks for nothing where nothing is asked', () => assert.deepEqual(fromClientLabels({}), {}));

  it('looks for owner and metadata where this surface keeps them', () => {
    const metadata = [{ name: 'a', value: 'b' }];
    assert.deepEqual(fromClientLabels({ name: 'n', owner: 'o', metadata }), {
      name: 'n',
      attributes: { 'setup-clients': { owner: 'o', metadata } },
    });
  });
});

describe('fromRegistration', () => {
  it('reads the scope as RFC 7591 writes it', () => {
    assert.deepEqual(fromRegistration({ scope: 'a b  a' }).scopes, ['a', 'b']);
    assert.deepEqual(fromRegistration({}).scopes, []);
  });

  it('lets nobody choose an id or a secret', () => {
    const body = { client_name: 'n', client_id: 'x', client_secret: 'y' } as object;
    const draft = fromRegistration(body);
    assert.deepEqual([draft.name, draft.clientId, draft.secret], ['n', undefined, undefined]);
  });
});

describe('toSetup', () => {
  it('gives back what fromSetup read, with every default', () => {
    const { state } = fromSetup({ name: 'n', client_defaults: { access_token_ttl: 60 } });
    const answer = toSetup({ state, validFrom: new Date(0) });
    assert.equal(answer.client_defaults.access_token_ttl, 60);
    assert.equal(answer.client_defaults.refresh_token_ttl, 15_552_000);
    assert.ok(!('owner' in answer) && !('comment' in answer));
  });
});
