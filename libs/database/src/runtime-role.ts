import type { QueryRunner } from 'typeorm';
import { DatabaseRoleError } from './database-role-error.js';
import { privilegesOn, usualPrivileges } from './privileges.js';

const insufficientPrivilege = '42501';
/** Another server, on another database of the same PostgreSQL, was faster. */
const existsAlready = ['42710', '23505'];

/**
 * Makes the role that the server works as, unless it is there, and lets the user of this connection become it.
 *
 * @throws DatabaseRoleError when an administrator of the database has to do it
 */
export async function ensureRuntimeRole(runner: QueryRunner, role: string): Promise<void> {
  if (await mayBecome(runner, role)) return;
  const [{ user }] = await runner.query('select current_user as "user"');
  try {
    const [known] = await runner.query('select from pg_roles where rolname = $1', [role]);
    if (!known) await createRole(runner, role);
    await runner.query(`grant ${role} to ${quoted(user)}`);
  } catch (error) {
    if (stateOf(error) !== insufficientPrivilege) throw error;
    throw new DatabaseRoleError(
      `The user "${user}" of the database may not make the role that the server works as. Have an administrator of ` +
        `PostgreSQL run: create role ${role} nologin; grant ${role} to ${quoted(user)};`,
    );
  }
}

/** Gives the role what the list of privileges says, on every table that is ours and those to come; takes the rest. */
export async function grantPrivileges(runner: QueryRunner, role: string): Promise<void> {
  const [{ schema, isUsable, hasDefaults }] = await runner.query(
    `select current_schema() as schema, has_schema_privilege($1, current_schema(), 'usage') as "isUsable",
       exists (select from pg_default_acl d, aclexplode(d.defaclacl) a
         where d.defaclobjtype = 'r' and d.defaclnamespace = current_schema()::regnamespace
           and pg_get_userbyid(d.defaclrole) = current_user and pg_get_userbyid(a.grantee) = $1) as "hasDefaults"`,
    [role],
  );
  const grantee = quoted(role);
  if (!isUsable) await runner.query(`grant usage on schema ${quoted(schema)} to ${grantee}`);
  if (!hasDefaults) {
    const toCome = `alter default privileges in schema ${quoted(schema)} grant ${usualPrivileges.join(', ')} on tables`;
    await runner.query(`${toCome} to ${grantee}`);
  }
  for (const { table, privileges } of await heldPrivileges(runner, role)) {
    const wanted = privilegesOn(table);
    if (privileges.length === wanted.length && wanted.every((one) => privileges.includes(one))) continue;
    // As one statement: an older server that works meanwhile is never without its rights.
    await runner.query(
      `do $$ begin revoke all on ${quoted(table)} from ${grantee};
         grant ${wanted.join(', ')} on ${quoted(table)} to ${grantee}; end $$`,
    );
  }
}

/** What the role was given on each of our tables: those whose owner is the one of the list of migrations. */
async function heldPrivileges(
  runner: Pick<QueryRunner, 'query'>,
  role: string,
): Promise<{ table: string; privileges: string[] }[]> {
  return runner.query(
    `select c.relname as table, coalesce(array_agg(a.privilege_type) filter (where a.grantee = r.oid), '{}') as privileges
     from pg_class m join pg_class c on c.relnamespace = m.relnamespace and c.relowner = m.relowner
       join pg_roles r on r.rolname = $1 left join lateral aclexplode(c.relacl) a on true
     where m.oid = to_regclass('migrations') and c.relkind in ('r', 'p') group by c.relname order by c.relname`,
    [role],
  );
}

async function createRole(runner: QueryRunner, role: string): Promise<void> {
  try {
    await runner.query(`create role ${role} nologin noinherit`);
  } catch (error) {
    if (!existsAlready.includes(stateOf(error) ?? '')) throw error;
  }
}

/** Since PostgreSQL 16, who made a role is its member and yet may not become it. */
async function mayBecome(runner: QueryRunner, role: string): Promise<boolean> {
  const [found] = await runner.query(
    `select pg_has_role(current_user, oid,
       case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end) as may
     from pg_roles where rolname = $1`,
    [role],
  );
  return found?.may === true;
}

function stateOf(error: unknown): string | undefined {
  return (error as { driverError?: { code?: string } }).driverError?.code;
}

/** A name as an SQL identifier. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
