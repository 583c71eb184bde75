import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Organization, OrganizationOverview } from '#libs/organizations';
import type { MultitokenConfig } from './customers.dto.js';
import { fromCustomer, fromNewCustomer, toCustomer } from './customers.mapper.js';

const overview = (): OrganizationOverview => ({
  organization: { ...fromNewCustomer({ id: 'ABC' }), id: 'row' } as unknown as Organization,
  tenantIds: ['t1', 't2'],
  roleNames: ['ROLE_X'],
});

describe('fromNewCustomer', () => {
  it('names a customer by its id when it has no name', () => {
    assert.equal(fromNewCustomer({ id: 'ABC' }).name, 'ABC');
  });

  const settings: [MultitokenConfig | null | undefined, string, number | null][] = [
    [undefined, 'fresh', null],
    [null, 'fresh', null],
    [{}, 'reuse', null],
    [{ clientCredentialsMultiTokenConfig: null }, 'reuse', null],
    [{ clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed: 7 } }, 'limited', 7],
  ];
  for (const [config, tokenReuse, maxActiveTokens] of settings) {
    it(`reads multitokenConfig ${JSON.stringify(config)} as ${tokenReuse}`, () => {
      const body = { id: 'ABC', ...(config !== undefined && { multitokenConfig: config }) };
      const draft = fromNewCustomer(body);
      assert.deepEqual([draft.tokenReuse, draft.maxActiveTokens], [tokenReuse, maxActiveTokens]);
    });
  }
});

describe('fromCustomer', () => {
  it('takes what toCustomer answers', () => {
    const { organization } = overview();
    const draft = fromCustomer(JSON.parse(JSON.stringify(toCustomer(overview()))), overview());
    assert.deepEqual({ ...draft, id: 'row' }, organization);
  });

  it('takes tenants in any order, and refuses any other', () => {
    assert.doesNotThrow(() => fromCustomer({ tenants: ['t2', 't1'] }, overview()));
    for (const tenants of [[], ['t1'], ['t1', 't2', 't3'], ['t1', 't3']]) {
      assert.throws(() => fromCustomer({ tenants }, overview()), { kind: 'invalid' });
    }
  });
});

describe('toCustomer', () => {
  it('answers the fields in the order of the document, then ours', () => {
    assert.deepEqual(Object.keys(toCustomer(overview())), [
      'id',
      'tenants',
      'description',
      'customerSpecificRoles',
      'customSettings',
      'multitokenConfig',
      'name',
      'enabled',
      'settings',
    ]);
  });
});
