import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { ClusterPlace } from './cluster-place.js';

export const SUPERUSER = 'postgres';
const DATABASE = 'clientele';

const CONNECT_TIMEOUT_MS = 5_000;

/** The address of a database of the cluster for its superuser. */
export function superuserUrl(place: ClusterPlace, port: number, database = DATABASE): string {
  const password = readFileSync(place.passwordFile, 'utf8').trim();
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Makes the database `clientele` unless it is there; this proves by the way that the password is ours. */
export async function ensureDatabase(place: ClusterPlace, port: number): Promise<void> {
  const client = new pg.Client({
    connectionString: superuserUrl(place, port, 'postgres'),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Without a listener, a server that dies in the middle would end this process.
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (!rowCount) {
      await client.query(`CREATE DATABASE ${DATABASE}`);
    }
  } finally {
    await client.end().catch(() => {});
  }
}
