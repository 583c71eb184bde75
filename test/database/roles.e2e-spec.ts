import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createApplication } from '#app/application';
import { compose } from '#app/composition';
import { Principal } from '#libs/access';
import { PlatformDataSource, Transactions } from '#libs/database';
import { OrganizationsService } from '#libs/organizations';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { uniqueName } from '../support/fixtures.js';
import { testSettings } from '../support/settings.js';
import { DatabaseUsers } from './support/database-users.js';

/** An organization that is made by the server, seen in each scope. */
async function liveOn(url: string, settings: Parameters<typeof testSettings>[0]) {
  const composition = await compose(testSettings(settings), url);
  const app = await createApplication(composition.module, testSettings(settings));
  try {
    await app.init();
    const platform = app.get(PlatformDataSource, { strict: false });
    const [session] = await platform.query('select current_user as role, session_user as login');
    const organizations = app.get(OrganizationsService, { strict: false });
    const made = await organizations.create(Principal.system('test'), draft, ['tenant1']);
    const transactions = app.get(Transactions, { strict: false });
    const [seen] = await transactions.read({ organizationId: made.id }, (manager) =>
      manager.query('select (select count(*) from organization)::integer as organizations'),
    );
    const [all] = await platform.query('select count(*)::integer as organizations from organization');
    return { ...session, own: seen.organizations, all: all.organizations };
  } finally {
    await app.close();
    await composition.close();
  }
}

const draft = {
  customerId: 'CUSTOMER',
  name: 'A customer',
  description: null,
  enabled: true,
  settings: {},
  jwtVersion: null,
  tokenReuse: 'fresh',
  maxActiveTokens: null,
} as const;

describe('a start on a database', () => {
  let database: TestDatabase;
  let users: DatabaseUsers;
  let role: string;
  before(async () => {
    database = await cloneDatabase();
    users = new DatabaseUsers(database);
    role = uniqueName('runtime');
  });
  after(async () => {
    await users.drop();
    await database.drop();
  });

  /** A start that must be refused. @returns what the operator reads */
  async function refusalOf(url: string, settings: Parameters<typeof testSettings>[0]): Promise<string> {
    try {
      await (await compose(testSettings(settings), url)).close();
    } catch (error) {
      assert.equal((error as Error).name, 'DatabaseRoleError', String(error));
      return (error as Error).message;
    }
    return assert.fail('it started');
  }

  describe('whose owner may make roles', () => {
    it('makes the one that it works as, and sees by it what it should', async () => {
      const owner = await users.create('createrole');
      const url = await users.createDatabase(owner);
      const runtime = users.remember(uniqueName('runtime'));
      const seen = await liveOn(url, { databaseRuntimeRole: runtime });
      assert.deepEqual(seen, { role: runtime, login: owner.name, own: 1, all: 1 });
      // A second start finds everything as it has to be.
      await (await compose(testSettings({ databaseRuntimeRole: runtime }), url)).close();
    });
  });

  describe('whose owner may not', () => {
    it('is refused with what an administrator has to run, and does start after that', async () => {
      const owner = await users.create('');
      const url = await users.createDatabase(owner);
      const runtime = users.remember(uniqueName('runtime'));
      const message = await refusalOf(url, { databaseRuntimeRole: runtime });
      const [, statements] = /run: (create role .*;)$/.exec(message) ?? [];
      assert.ok(statements, message);
      await database.query(statements);
      const seen = await liveOn(url, { databaseRuntimeRole: runtime });
      assert.deepEqual(seen, { role: runtime, login: owner.name, own: 1, all: 1 });
    });
  });

  describe('with a user beside its owner', () => {
    it('works as that user, whom the owner gives what it needs', async () => {
      const owner = await users.create('');
      const user = await users.create('');
      const ownerUrl = await users.createDatabase(owner);
      const url = users.urlOf(user, ownerUrl);
      const seen = await liveOn(url, { databaseOwnerUrl: ownerUrl });
      assert.deepEqual(seen, { role: user.name, login: user.name, own: 1, all: 1 });
      // The schema is up to date: the next start needs the owner no more.
      await (await compose(testSettings(), url)).close();
    });

    it('is refused when the schema has to be changed, and the owner is not given', async () => {
      const owner = await users.create('');
      const url = users.urlOf(await users.create(''), await users.createDatabase(owner));
      const ownerUrl = url.replace(/\/\/[^@]+@/, `//${owner.name}:${owner.password}@`);
      await (await compose(testSettings({ databaseOwnerUrl: ownerUrl }), url)).close();
      await users.on(ownerUrl, `delete from migrations where name like 'RowLevelSecurity%'`);
      assert.match(await refusalOf(url, {}), /does not own it\. Give the owner as DATABASE_OWNER_URL/);
    });
  });

  describe('as somebody whom row-level security does not bind', () => {
    it('is refused for a user with BYPASSRLS beside the owner', async () => {
      const ownerUrl = await users.createDatabase(await users.create(''));
      const url = users.urlOf(await users.create('bypassrls'), ownerUrl);
      const message = await refusalOf(url, { databaseOwnerUrl: ownerUrl });
      assert.match(message, /is a superuser or has BYPASSRLS.*Give DATABASE_URL a user that owns nothing/);
    });

    it('is refused for a superuser beside the owner', async () => {
      const message = await refusalOf(database.url, { databaseOwnerUrl: database.url });
      assert.match(message, /is a superuser or has BYPASSRLS/);
    });

    it('is refused for the owner in the place of the user', async () => {
      const ownerUrl = await users.createDatabase(await users.create(''));
      const message = await refusalOf(ownerUrl, { databaseOwnerUrl: ownerUrl });
      assert.match(message, /owns the table \w+ or belongs to its owner/);
    });

    it('is refused when the role of the server was given BYPASSRLS', async () => {
      await database.query(`create role ${users.remember(role)} nologin bypassrls`);
      const message = await refusalOf(database.url, { databaseRuntimeRole: role });
      assert.match(
        message,
        new RegExp(`"${role}", which is a superuser or has BYPASSRLS.*Take these rights`),
      );
    });

    it('is refused when the role of the server may become such a one', async () => {
      const member = users.remember(uniqueName('runtime'));
      const mighty = await users.create('bypassrls');
      await database.query(`create role ${member} nologin; grant ${mighty.name} to ${member}`);
      const message = await refusalOf(database.url, { databaseRuntimeRole: member });
      assert.match(message, /is a member of a role that is a superuser or has BYPASSRLS/);
    });
  });

  it('is refused when row-level security of a table was switched off', async () => {
    for (const off of ['no force row level security', 'disable row level security']) {
      await database.query(`alter table credential ${off}`);
      const message = await refusalOf(database.url, {});
      const [, statement] = /again: (alter table .*;)$/.exec(message) ?? [];
      assert.ok(statement, message);
      await database.query(statement);
    }
    await (await compose(testSettings(), database.url)).close();
  });

  it('takes from its role what it was given too much', async () => {
    const runtime = testSettings().databaseRuntimeRole;
    await database.query(`grant truncate, delete on audit_event to ${runtime}`);
    await (await compose(testSettings(), database.url)).close();
    const [held] = await database.query(
      `select has_table_privilege($1, 'audit_event', 'truncate, delete') as any`,
      [runtime],
    );
    assert.equal(held?.['any'], false);
  });

  it('is not led astray by the settings of its user or its URL', async () => {
    const owner = await users.create('createrole');
    const url = new URL(await users.createDatabase(owner));
    await database.query(`alter role ${owner.name} set clientele.scope = 'platform'`);
    url.searchParams.set('options', `-c clientele.scope=platform -c role=${owner.name}`);
    const runtime = users.remember(uniqueName('runtime'));
    const seen = await liveOn(url.href, { databaseRuntimeRole: runtime });
    assert.deepEqual(seen, { role: runtime, login: owner.name, own: 1, all: 1 });
  });
});
