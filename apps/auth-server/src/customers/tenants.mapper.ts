import type { Tenant } from '#libs/organizations';
import type { TenantAnswer } from './tenants.dto.js';

/** A tenant as it is answered. */
export function toTenant({ tenantId, createdAt }: Tenant): TenantAnswer {
  return { tenantId, createdAt: createdAt.toISOString() };
}
