import { dataDirectoryUnusable, diskFull, EmbeddedPostgresError } from './embedded-postgres-error.js';

/** A launch that may succeed when it is tried again, on the same or on another port. */
export type Retry = 'predecessor_still_there' | 'port_taken';

/**
 * Reads in the log of a server that did not come up why that was.
 *
 * @param log what this server has written
 * @returns what to wait for, or the error to report
 */
export function explainLaunchFailure(
  log: string,
  clusterDir: string,
  logFile: string,
): Retry | EmbeddedPostgresError {
  // The backends of a killed postmaster need a second or two to notice that they are orphans.
  if (/lock file "[^"]*postmaster\.pid" already exists|pre-existing shared memory block/.test(log)) {
    return 'predecessor_still_there';
  }
  if (/could not bind IPv4 address|could not create any TCP\/IP sockets/.test(log)) {
    return 'port_taken';
  }
  if (/No space left on device|Disk quota exceeded/.test(log)) {
    return diskFull(clusterDir);
  }
  if (/Permission denied|Read-only file system|has wrong ownership|has invalid permissions/.test(log)) {
    return dataDirectoryUnusable(clusterDir, lastComplaint(log));
  }
  return new EmbeddedPostgresError(
    'start_failed',
    `The embedded PostgreSQL on ${clusterDir} did not start: ${lastComplaint(log)}. Its log is ${logFile}.`,
  );
}

function lastComplaint(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const complaints = lines.filter((line) => /(FATAL|PANIC|ERROR):/.test(line));
  return (complaints.length > 0 ? complaints : lines).slice(-2).join('; ') || 'it wrote nothing to its log';
}
