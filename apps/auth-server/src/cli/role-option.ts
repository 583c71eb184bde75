import { UsageError } from './command-error.js';

/**
 * `ROLE_API=tenant1,tenant2` → role and its tenants.
 *
 * @param command whose help tells what would be right
 * @throws UsageError
 */
export function toGrants(roles: readonly string[], command: string): Record<string, string[]> {
  const grants = new Map<string, string[]>();
  for (const given of roles) {
    const [role = '', tenants, ...rest] = given.split('=');
    if (!role || rest.length > 0) throw new UsageError('--role must be ROLE or ROLE=tenant,tenant.', command);
    if (grants.has(role)) throw new UsageError(`--role ${role} is given twice.`, command);
    grants.set(role, tenants?.split(',').filter(Boolean) ?? []);
  }
  return Object.fromEntries(grants);
}
