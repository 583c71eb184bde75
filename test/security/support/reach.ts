/*
 * What a token entitles to, worked out from the words of docs/tenancy-and-roles.md alone: nothing of the server's own
 * code is used, so that a mistake there is not repeated here.
 */

/** Something that may be done in an organization; `tenants` are those for which, none: without a tenant. */
export interface Right {
  readonly organization: string;
  /**
   * `auth.customer.clients`; `*`: everything. No resources but stations are `admin`, `operator`, `role:<name>` for a
   * role that permits nothing, and `name` for one that the callers made themselves: of that the tenants alone count.
   */
  readonly resource: string;
  readonly privilege: string;
  readonly tenants: readonly string[] | 'all';
}

/** Role → tenants, as tokens carry them. */
export type Grants = Readonly<Record<string, readonly string[]>>;

/** What the roles that an organization made permit. */
export type OwnRoles = ReadonlyMap<string, readonly Permission[]>;

export interface Permission {
  readonly resource: string;
  readonly privileges: readonly string[];
}

const crud = ['CREATE', 'READ', 'UPDATE', 'DELETE'];
const all = [...crud, 'EXECUTE'];
const onBoth = (privileges: string[]): Permission[] =>
  ['auth.customer.setups', 'auth.customer.clients'].map((resource) => ({ resource, privileges }));

/** The table of the document. */
const systemRoles: Readonly<Record<string, readonly Permission[]>> = {
  ROLE_ADMIN_USER: ['clients', 'groups', 'roles', 'user'].map((name) => ({
    resource: `auth.customer.${name}`,
    privileges: crud,
  })),
  ROLE_ADMIN_TENANT: [{ resource: 'tenant', privileges: all }],
  ROLE_API: [{ resource: 'tenant.api', privileges: ['EXECUTE'] }],
  ROLE_USER: [{ resource: 'tenant.data', privileges: ['READ'] }],
  ROLE_AUDITOR: [{ resource: '*', privileges: ['READ'] }],
  'nevisMeta.admin': onBoth(crud),
  'nevisMeta.user': onBoth(['READ']),
};

const secrets = 'auth.customer.clients.credentials';
const changing = ['CREATE', 'UPDATE', 'DELETE'];

/** What the documents of the surfaces say of their scopes. */
const scopes: Readonly<Record<string, readonly Permission[]>> = {
  'sp:oauth-client:manage': [{ resource: 'auth.customer.clients', privileges: crud }],
  'sp:oauth-client:read': [{ resource: 'auth.customer.clients', privileges: ['READ'] }],
  'credentials:clientauth:write': [{ resource: secrets, privileges: changing }],
  'credentials:clientauth:read': [{ resource: secrets, privileges: ['READ'] }],
  'client-credentials:write': [
    { resource: secrets, privileges: changing },
    { resource: 'auth.customer.clients', privileges: ['DELETE'] },
  ],
  'client-credentials:read': [{ resource: secrets, privileges: ['READ'] }],
};

/** Scopes of this server that entitle to something by themselves. */
export const entitlingScopes = Object.keys(scopes);

/**
 * What roles entitle to in the organization of the client that holds them.
 *
 * @param markers roles that permit nothing here, made by who administers the organization
 */
export function rightsOfRoles(
  organization: string,
  grants: Grants,
  ownRoles: OwnRoles,
  markers: ReadonlySet<string>,
): Right[] {
  return Object.entries(grants).flatMap(([name, tenants]): Right[] => {
    if (name === 'ROLE_ADMIN') return [station('', 'operator')];
    if (name === 'ROLE_ADMIN_CUSTOMER') return administration(organization);
    const abroad = /^ROLE_ADMIN_CUSTOMER_(.*)$/s.exec(name)?.[1];
    if (abroad !== undefined) return administration(abroad);
    const permissions = systemRoles[name] ?? ownRoles.get(name);
    if (!permissions?.length) {
      const resource = markers.has(name) ? `role:${name}` : 'name';
      return [{ organization, resource, privilege: 'HOLD', tenants }];
    }
    return rightsOf(organization, permissions, tenants);
  });
}

/** What scopes entitle to, when the owner of the client administers the organization. */
export function rightsOfScopes(organization: string, names: readonly string[]): Right[] {
  return names.flatMap((name) => rightsOf(organization, scopes[name] ?? [], []));
}

function rightsOf(
  organization: string,
  permissions: readonly Permission[],
  tenants: readonly string[],
): Right[] {
  return permissions.flatMap(({ resource, privileges }) =>
    privileges.map((privilege) => ({
      organization,
      resource: resource.toLowerCase(),
      privilege,
      tenants,
    })),
  );
}

function administration(organization: string): Right[] {
  const everything = all.map((privilege) => ({
    organization,
    resource: '*',
    privilege,
    tenants: 'all' as const,
  }));
  return [station(organization, 'admin'), ...everything];
}

function station(organization: string, resource: string): Right {
  return { organization, resource, privilege: 'BE', tenants: 'all' };
}

/** Everything that some callers together may do. */
export class Reach {
  constructor(private readonly rights: readonly Right[]) {}

  /** What of the rights goes beyond: for one tenant at least. */
  beyond(rights: readonly Right[]): Right[] {
    return rights.filter((right) => !this.includes(right));
  }

  /** Whether the thing may be done at all, for whatever tenants. */
  may(organization: string, resource: string, privilege: string): boolean {
    return this.includes({ organization, resource, privilege, tenants: [] });
  }

  private includes(wanted: Right): boolean {
    const held = this.rights.filter((right) => covers(right, wanted));
    if (held.length === 0) return false;
    if (held.some(({ tenants }) => tenants === 'all')) return true;
    if (wanted.tenants === 'all') return false;
    return wanted.tenants.every((tenant) => held.some(({ tenants }) => tenants.includes(tenant)));
  }
}

/** A right covers everything below its resource; the administrator's also the names of roles. */
function covers(right: Right, wanted: Right): boolean {
  if (right.organization !== wanted.organization) return false;
  if (wanted.resource === 'name') return true;
  if (wanted.privilege === 'HOLD' && right.resource === 'admin') return true;
  if (right.privilege !== wanted.privilege) return false;
  if (right.resource === '*') return true;
  return right.resource === wanted.resource || wanted.resource.startsWith(`${right.resource}.`);
}
