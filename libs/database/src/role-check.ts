import type { DataSource } from 'typeorm';
import { DatabaseRoleError } from './database-role-error.js';

interface RoleFacts {
  readonly name: string;
  readonly isMighty: boolean;
  readonly mayBecomeMighty: boolean;
  readonly owned: string | null;
  readonly open: string | null;
}

/*
 * Asked on a connection as requests use it, so that it holds for what the session really is, whatever the role was
 * meant to be.
 */
const statement = `
  select current_user as name, r.rolsuper or r.rolbypassrls as "isMighty",
    exists (select from pg_roles m where (m.rolsuper or m.rolbypassrls) and m.oid <> r.oid
      and pg_has_role(r.oid, m.oid, 'member')) as "mayBecomeMighty",
    (select min(c.relname) from pg_class c where c.relnamespace = current_schema()::regnamespace
      and c.relkind in ('r', 'p') and pg_has_role(r.oid, c.relowner, 'member')) as owned,
    (select min(c.relname) from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped
        and a.attname = 'organization_id' and not (c.relrowsecurity and c.relforcerowsecurity)) as open
  from pg_roles r where r.rolname = current_user`;

/**
 * Keeps a server from starting whose role could see past row-level security.
 *
 * @param advice what to do about it
 * @throws DatabaseRoleError that says why and what to do
 */
export async function mustBeBound(dataSource: DataSource, advice: string): Promise<void> {
  const [facts] = await dataSource.query<RoleFacts[]>(statement);
  if (!facts) throw new DatabaseRoleError('The role that the server works as cannot be looked up.');
  const { name, isMighty, mayBecomeMighty, owned, open } = facts;
  const reason =
    (isMighty && 'is a superuser or has BYPASSRLS') ||
    (mayBecomeMighty && 'is a member of a role that is a superuser or has BYPASSRLS') ||
    (owned && `owns the table ${owned} or belongs to its owner`);
  if (reason) {
    throw new DatabaseRoleError(
      `The server would work in the database as "${name}", which ${reason}: nothing would keep organizations apart there. ${advice}`,
    );
  }
  if (open) {
    throw new DatabaseRoleError(
      `Row-level security of the table ${open} was switched off. Switch it on again: alter table ${open} enable row level security, force row level security;`,
    );
  }
}
