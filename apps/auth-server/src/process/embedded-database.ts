import type { Settings } from '#libs/common';
import type { EmbeddedPostgres } from '#libs/database/embedded';
import type { Log } from '../http/logging/log.js';

/** Starts the embedded PostgreSQL, which tells what it does in the server's log. */
export async function startPostgres({ dataDir }: Settings, log: Log): Promise<EmbeddedPostgres> {
  const { startEmbeddedPostgres } = await import('#libs/database/embedded');
  return startEmbeddedPostgres({
    dataDir,
    log: (level, message, details) => log[level]({ ...details, msg: message }),
  });
}
