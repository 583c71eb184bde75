import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { testSettings } from '../support/settings.js';

/** Tables without an organization of their own, and why the server may see all of them in every transaction. */
const sharedTables: Readonly<Record<string, string>> = {
  audit_key: 'signs for all organizations, and is sealed',
  key_use: 'counts values of all organizations by key, and tells none of them',
  master_key: 'names the master keys of the server',
  migrations: 'says which migrations ran',
  signing_key: 'signs for all organizations, and is sealed',
};

/** The least that the server needs. Whoever adds a table or a privilege decides here what that is. */
const rows = ['DELETE', 'INSERT', 'SELECT', 'UPDATE'];
const leastPrivileges: Readonly<Record<string, readonly string[]>> = {
  audit_chain: ['INSERT', 'SELECT', 'UPDATE'],
  audit_checkpoint: ['INSERT', 'SELECT'],
  audit_dropped_segment: ['INSERT', 'SELECT'],
  audit_event: ['INSERT', 'SELECT'],
  audit_key: ['INSERT', 'SELECT', 'UPDATE'],
  change_record: ['DELETE', 'INSERT', 'SELECT'],
  key_use: ['DELETE', 'INSERT', 'SELECT'],
  master_key: ['INSERT', 'SELECT'],
  migrations: ['SELECT'],
  revoked_token: ['DELETE', 'INSERT', 'SELECT'],
  signing_key: ['INSERT', 'SELECT', 'UPDATE'],
};

interface TableFacts {
  readonly name: string;
  readonly holdsOrganizations: boolean;
  readonly isForced: boolean;
  readonly policies: Readonly<Record<string, string>>;
  readonly privileges: readonly string[];
}

describe('every table', () => {
  const role = testSettings().databaseRuntimeRole;
  let database: TestDatabase;
  let tables: TableFacts[];
  before(async () => {
    database = await cloneDatabase();
    tables = await database.query<TableFacts>(
      `select t.table_name as name,
         t.table_name = 'organization' or exists (select from information_schema.columns c
           where c.table_schema = t.table_schema and c.table_name = t.table_name
             and c.column_name = 'organization_id') as "holdsOrganizations",
         k.relrowsecurity and k.relforcerowsecurity as "isForced",
         (select coalesce(json_object_agg(p.policyname, concat(p.cmd, ' ', p.qual, ' ', p.with_check)), '{}')
           from pg_policies p where p.schemaname = t.table_schema and p.tablename = t.table_name) as policies,
         array(select a.privilege_type from aclexplode(k.relacl) a
           where a.grantee in (0, (select oid from pg_roles where rolname = $1)) order by 1) as privileges
       from information_schema.tables t join pg_class k on k.oid = format('%I.%I', table_schema, table_name)::regclass
       where t.table_type = 'BASE TABLE' and t.table_schema = 'public' order by 1`,
      [role],
    );
  });
  after(() => database.drop());

  it('that holds something of an organization has forced row-level security by organization', () => {
    const holding = tables.filter(({ holdsOrganizations }) => holdsOrganizations);
    assert.ok(holding.length >= 14, `only ${holding.length} were found`);
    for (const { name, isForced, policies } of holding) {
      assert.ok(isForced, `${name}: call isolateByOrganization in its migration`);
      assert.deepEqual(Object.keys(policies).sort(), ['own_organization', 'platform'], name);
      const column = name === 'organization' ? 'id' : 'organization_id';
      assert.match(
        policies['own_organization'] as string,
        new RegExp(
          `^ALL \\(${column} = \\( SELECT .*current_setting\\('clientele.organization'::text, true\\)`,
        ),
      );
      assert.match(
        policies['platform'] as string,
        /current_setting\('clientele.scope'::text, true\).*= 'platform'/,
      );
    }
  });

  it('that does not is one of the few of which we know why', () => {
    const others = tables.filter(({ holdsOrganizations, isForced }) => !holdsOrganizations && !isForced);
    assert.deepEqual(
      others.map(({ name }) => name),
      Object.keys(sharedTables),
    );
  });

  it('gives the role of the server what it needs and nothing more', () => {
    for (const { name, privileges } of tables)
      assert.deepEqual(privileges, leastPrivileges[name] ?? rows, `privileges on ${name}`);
  });

  it('belongs to somebody else than the role of the server, which has no power of its own', async () => {
    const [facts] = await database.query(
      `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
         (select count(*)::integer from pg_class where relowner = r.oid) as owned,
         (select count(*)::integer from pg_auth_members where member = r.oid) as memberships,
         has_schema_privilege(oid, 'public', 'create') as "mayCreate"
       from pg_roles r where rolname = $1`,
      [role],
    );
    assert.deepEqual(facts, {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolcanlogin: false,
      rolreplication: false,
      owned: 0,
      memberships: 0,
      mayCreate: false,
    });
  });
});
