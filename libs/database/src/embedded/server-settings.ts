/** What a caller may decide about the server. */
export interface ServerSettings {
  /** Whether an acknowledged commit must survive a crash of the machine. */
  readonly durable: boolean;
  readonly maxConnections: number;
}

/** The settings of PostgreSQL, on its command line: they hold for clusters of earlier releases as well. */
export function serverArguments(clusterDir: string, port: number, settings: ServerSettings): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    // Anybody on the machine could connect to a socket in /tmp; over TCP the password decides.
    unix_socket_directories: '',
    max_connections: settings.maxConnections,
    shared_buffers: '64MB',
    maintenance_work_mem: '32MB',
    max_wal_size: '256MB',
    min_wal_size: '48MB',
    io_method: 'sync',
    autovacuum_max_workers: 2,
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d ',
    log_checkpoints: 'off',
    // A failed statement could carry a secret in its text.
    log_min_error_statement: 'panic',
    ...(settings.durable ? DURABLE : THROW_AWAY),
  };
  return ['-D', clusterDir, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

const DURABLE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

const THROW_AWAY = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
};
