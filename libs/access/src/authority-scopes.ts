import type { Permission } from './permission.js';

/**
 * What a scope entitles to on our own admin surfaces: permissions, or all that the owner of the client may do. In both
 * cases never more than the owner may do.
 */
export type ScopeAuthority = readonly Permission[] | 'owner';

const authorities = new Map<string, ScopeAuthority>();

/** The scopes that entitle to something on our own surfaces; all others mean something to resource servers alone. */
export const authorityScopes: ReadonlyMap<string, ScopeAuthority> = authorities;

/** Adds a scope that a surface documents. Called once, where the surface's module is defined. */
export function registerAuthorityScope(scope: string, authority: ScopeAuthority): void {
  authorities.set(scope, authority);
}
