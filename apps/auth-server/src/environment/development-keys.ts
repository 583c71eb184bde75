import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { EnvironmentError, type Problem } from './environment-error.js';
import { decodeKey } from './formats.js';
import { readVariables } from './read-variables.js';

const keyFiles = { MASTER_KEY: 'master.key', SECRET_PEPPER: 'secret-pepper.key' } as const;

/** Left by the embedded PostgreSQL in its data directory: the cluster, or the name of the place where it lies. */
const tracesOfDatabase = ['cluster', 'postgres-location'];

/**
 * The environment with the keys that the embedded mode keeps in its data directory, made at the first start. With
 * DATABASE_URL, or with both keys given, it is returned as it is.
 *
 * @throws EnvironmentError when something else is wrong with the environment, in which case nothing is written; and
 * when the data is there but its key is gone: a new key could not read it
 */
export function withDevelopmentKeys(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { values, problems } = readVariables(env);
  if (problems.length > 0) throw new EnvironmentError(problems);
  if (values.DATABASE_URL) return env;
  const dataDir = values.DATA_DIR ?? '.';
  // Looked at before any key is made: a second process must not take the first one's new key for a lost one.
  const hasData = holdsDatabase(dataDir);
  const missing = (['MASTER_KEY', 'SECRET_PEPPER'] as const).filter((name) => !values[name]);
  const lost = missing.filter((name) => hasData && !existsSync(join(dataDir, keyFiles[name])));
  if (lost.length > 0) throw new EnvironmentError(lost.map((name) => lostKey(name, dataDir)));
  const keys = missing.map((name) => [name, keyFrom(join(dataDir, keyFiles[name]), name)]);
  return { ...env, ...Object.fromEntries(keys) };
}

/**
 * For what works on the data of a server and must not begin an empty one of its own in the wrong directory.
 *
 * @throws EnvironmentError when neither DATABASE_URL nor DATA_DIR leads to a database, or anything else is wrong
 */
export function mustNameDatabase(env: NodeJS.ProcessEnv): void {
  const { values, problems } = readVariables(env);
  if (problems.length > 0) throw new EnvironmentError(problems);
  if (values.DATABASE_URL || holdsDatabase(values.DATA_DIR ?? '.')) return;
  const complaint =
    'holds no database. Start the server once, or set DATA_DIR or DATABASE_URL as the server has it';
  throw new EnvironmentError([{ variable: 'DATA_DIR', shown: JSON.stringify(values.DATA_DIR), complaint }]);
}

function holdsDatabase(dataDir: string): boolean {
  return tracesOfDatabase.some((name) => existsSync(join(dataDir, name)));
}

function lostKey(variable: keyof typeof keyFiles, dataDir: string): Problem {
  const file = join(dataDir, keyFiles[variable]);
  return {
    variable,
    complaint: `is needed: there is a database in ${dataDir}, but its key file ${file} is gone, and a new key could not read the old data. Bring the file back or give ${variable}; to begin anew, delete ${dataDir}`,
  };
}

function keyFrom(file: string, variable: keyof typeof keyFiles): string {
  try {
    if (!existsSync(file)) makeKey(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError([{ variable: 'DATA_DIR', complaint: `cannot take the keys: ${reason}` }]);
  }
  const key = readFileSync(file, 'utf8').trim();
  if (decodeKey(key)) return key;
  throw new EnvironmentError([
    { variable, complaint: `is read from ${file}, which does not hold the base64 of 32 bytes` },
  ]);
}

/** Makes the file appear whole or not at all, and lets the first of two processes win. */
function makeKey(file: string): void {
  // Others may pass through, which the embedded PostgreSQL needs when root starts it as another user.
  mkdirSync(dirname(file), { recursive: true, mode: 0o711 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.new`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(descriptor);
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(descriptor);
    rmSync(temporary, { force: true });
  }
}
