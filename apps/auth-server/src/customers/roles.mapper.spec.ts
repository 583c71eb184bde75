import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromRole, fromRoleAt, getSystemRole, toRole } from './roles.mapper.js';

const role = {
  roleName: 'ROLE_X',
  servicePermissions: [
    {
      id: 'Auth',
      resourcePermissions: [
        { id: 'customer', allowedPrivileges: ['READ' as const] },
        { id: 'Customer.Clients', allowedPrivileges: ['CREATE' as const, 'READ' as const] },
      ],
    },
    { id: 'Billing', resourcePermissions: [{ id: 'Invoices', allowedPrivileges: ['EXECUTE' as const] }] },
  ],
};

describe('a role', () => {
  it('is answered as it was given', () => {
    assert.deepEqual(toRole({ name: 'ROLE_X', permissions: fromRole(role) }), role);
  });

  it('keeps the name of the path', () => {
    assert.deepEqual(fromRoleAt('ROLE_X', role), fromRole(role));
    assert.throws(() => fromRoleAt('ROLE_Y', role), {
      issues: [{ path: 'roleName', message: 'must be the name of the path' }],
    });
  });
});

describe('getSystemRole', () => {
  it('finds no name that merely every object has', () => {
    assert.equal(getSystemRole('ROLE_API').name, 'ROLE_API');
    for (const name of ['toString', '__proto__', 'role_api']) {
      assert.throws(() => getSystemRole(name), { kind: 'not_found' });
    }
  });
});
