import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toTenant } from './tenants.mapper.js';

it('toTenant answers the id and the time, and nothing of the row', () => {
  const createdAt = new Date('2026-01-31T12:00:00.001Z');
  assert.deepEqual(toTenant({ id: 'row', organizationId: 'org', tenantId: 't1', createdAt }), {
    tenantId: 't1',
    createdAt: '2026-01-31T12:00:00.001Z',
  });
});
