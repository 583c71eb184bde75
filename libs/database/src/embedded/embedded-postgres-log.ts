/** Receives what happens to the server: its start, its death, its restarts. */
export type EmbeddedPostgresLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  details?: Record<string, unknown>,
) => void;
