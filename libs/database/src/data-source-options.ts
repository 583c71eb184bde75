import type { DataSourceOptions } from 'typeorm';
import { migrations } from './migrations/index.js';
import { PreparingClient } from './preparing-client.js';
import { SnakeNamingStrategy } from './snake-naming.strategy.js';

interface DataSourceSettings {
  url: string;
  poolSize: number;
  entities: readonly (new () => object)[];
}

/**
 * The options of the one data source that the application, its command line and TypeORM's own command line share.
 * The schema changes by migrations only.
 */
export function dataSourceOptions({ url, poolSize, entities }: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: [...entities],
    migrations: [...migrations],
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeNamingStrategy(),
    synchronize: false,
    logging: false,
    applicationName: 'clientele',
    poolSize,
    // The default generator needs an extension; ids are made by the application.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    extra: {
      Client: PreparingClient,
      pipeline: true,
      connectionTimeoutMillis: 3_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      query_timeout: 15_000,
      statement_timeout: 10_000,
      idle_in_transaction_session_timeout: 15_000,
    },
  };
}
