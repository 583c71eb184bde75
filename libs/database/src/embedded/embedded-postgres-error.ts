/** What kind of thing is wrong, so that a caller can tell "change the machine" from "try again". */
export type EmbeddedPostgresProblem =
  | 'unsupported_platform'
  | 'no_process_user'
  | 'data_directory_unusable'
  | 'disk_full'
  | 'incompatible_data'
  | 'busy'
  | 'start_failed';

/** Says in its message what is wrong, where, and what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly problem: EmbeddedPostgresProblem,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

const WITHOUT_EMBEDDED = 'or set DATABASE_URL to use a PostgreSQL server of your own';

export function diskFull(where: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'disk_full',
    `The embedded PostgreSQL has no space left to write under ${where}. Free some disk space (an empty database needs 50 MB), choose another data directory, ${WITHOUT_EMBEDDED}.`,
    { cause },
  );
}

export function dataDirectoryUnusable(where: string, reason: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'data_directory_unusable',
    `The embedded PostgreSQL cannot use the data directory ${where}: ${reason}. Give the user that runs this process write access to it, choose another data directory, ${WITHOUT_EMBEDDED}.`,
    { cause },
  );
}

export function unsupportedPlatform(reason: string, advice: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'unsupported_platform',
    `The embedded PostgreSQL cannot run on this machine: ${reason}. ${advice}, ${WITHOUT_EMBEDDED}.`,
    { cause },
  );
}

/** Turns an error of the file system into one that says what to do; leaves every other error as it is. */
export function explainFileSystemError(error: unknown, dataDir: string): unknown {
  if (error instanceof EmbeddedPostgresError || !(error instanceof Error)) {
    return error;
  }
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return diskFull(path ?? dataDir, error);
  }
  if (code && ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code) && path) {
    return dataDirectoryUnusable(dataDir, error.message, error);
  }
  return error;
}
