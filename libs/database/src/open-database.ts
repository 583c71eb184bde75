import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source-options.js';
import { DatabaseRoleError } from './database-role-error.js';
import { initializePatiently } from './initialize-patiently.js';
import { PlatformDataSource } from './platform-data-source.js';
import { mustBeBound } from './role-check.js';
import { runMigrations, withMigrationLock } from './run-migrations.js';
import { ensureRuntimeRole, grantPrivileges } from './runtime-role.js';
import { type SessionSettings, withSessionSettings } from './session-settings.js';

const usualPatienceMs = 60_000;
const fewestPlatformConnections = 4;

/** How to reach the database, and as whom. */
export interface DatabaseAccess {
  readonly url: string;
  /** The URL of the tables' owner, where `url` is that of a user with fewer rights; undefined: they are one. */
  readonly ownerUrl: string | undefined;
  /** The role that the server works as, where `url` is the owner's. */
  readonly runtimeRole: string;
  /** How many connections requests may use; the platform has half as many of its own. */
  readonly poolSize: number;
  readonly entities: readonly (new () => object)[];
}

/** The open database. */
export interface DatabaseHandle {
  /** For Transactions, which say whose rows they are about; without that there are none. */
  readonly dataSource: DataSource;
  readonly platform: PlatformDataSource;
  close(): Promise<void>;
}

/**
 * Brings the schema up to date as its owner, and then opens the database as a role that row-level security binds.
 * Waits for a database that is still starting, and lets one of several instances migrate while the others wait.
 *
 * @param patienceMs how long a database that cannot be reached is waited for
 * @throws DatabaseRoleError when no such role can be had; the driver's error when the database can't be reached in
 *   that time, or at once when it refuses us
 */
export async function openDatabase(
  access: DatabaseAccess,
  patienceMs: number = usualPatienceMs,
): Promise<DatabaseHandle> {
  const role = await prepare(access, patienceMs);
  const { poolSize, entities } = access;
  const url = (scope?: 'platform') => withSessionSettings(access.url, { role, scope });
  const dataSource = new DataSource(dataSourceOptions({ url: url(), poolSize, entities }));
  const platform = new PlatformDataSource(
    dataSourceOptions({
      url: url('platform'),
      poolSize: Math.max(fewestPlatformConnections, Math.ceil(poolSize / 2)),
      entities: [],
    }),
  );
  const close = async () => {
    for (const one of [dataSource, platform]) if (one.isInitialized) await one.destroy();
  };
  try {
    await initializePatiently(dataSource, patienceMs);
    await mustBeBound(dataSource, adviceFor(access));
    await initializePatiently(platform, patienceMs);
  } catch (error) {
    await close();
    throw error;
  }
  return { dataSource, platform, close };
}

/** Does what only the owner of the tables may. @returns the role to work as; undefined: the one that logs in */
async function prepare(access: DatabaseAccess, patienceMs: number): Promise<string | undefined> {
  const ownerUrl = access.ownerUrl ?? access.url;
  const owner = new DataSource(ownerOptions(ownerUrl));
  await initializePatiently(owner, patienceMs);
  try {
    if (await isOwner(owner)) {
      const role = access.ownerUrl ? await userOf(access.url) : access.runtimeRole;
      await bringUpToDate(owner, ownerUrl, role, access.ownerUrl === undefined);
      return access.ownerUrl ? undefined : role;
    }
    if (await owner.showMigrations()) {
      throw new DatabaseRoleError(
        'The schema has to be brought up to date, and the user of DATABASE_URL does not own it. Give the owner as DATABASE_OWNER_URL.',
      );
    }
    return undefined;
  } finally {
    await owner.destroy();
  }
}

async function bringUpToDate(
  owner: DataSource,
  ownerUrl: string,
  role: string,
  isRoleOurs: boolean,
): Promise<void> {
  const runner = owner.createQueryRunner();
  try {
    await withMigrationLock(runner, async () => {
      if (await owner.showMigrations()) await runMigrations(ownerUrl);
      if (isRoleOurs) await ensureRuntimeRole(runner, role);
      await grantPrivileges(runner, role);
    });
  } finally {
    await runner.release();
  }
}

/** Whether the schema is this user's to change; one that is not there yet is. */
async function isOwner(dataSource: DataSource): Promise<boolean> {
  const [found] = await dataSource.query<{ owns: boolean }[]>(
    `select pg_has_role(relowner, 'usage') as owns from pg_class where oid = to_regclass('migrations')`,
  );
  return found?.owns ?? true;
}

async function userOf(url: string): Promise<string> {
  const session = new DataSource(ownerOptions(url));
  await session.initialize();
  try {
    const [{ user }] = await session.query('select current_user as "user"');
    return user;
  } finally {
    await session.destroy();
  }
}

function ownerOptions(url: string) {
  const settings: SessionSettings = { scope: 'platform' };
  return dataSourceOptions({ url: withSessionSettings(url, settings), poolSize: 2, entities: [] });
}

function adviceFor({ ownerUrl, runtimeRole }: DatabaseAccess): string {
  return ownerUrl
    ? 'Give DATABASE_URL a user that owns nothing, without SUPERUSER and BYPASSRLS.'
    : `Take these rights from the role ${runtimeRole} and from the user of DATABASE_URL, or give the owner of the tables as DATABASE_OWNER_URL and a user without such rights as DATABASE_URL.`;
}
