import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeFeed } from './change-feed.js';
import { Housekeeping } from './housekeeping.js';
import type { DatabaseHandle } from './open-database.js';
import { PlatformDataSource } from './platform-data-source.js';
import { Transactions } from './transactions.js';

/** The open database, the transactions over it and the change feed. */
@Global()
@Module({})
export class DatabaseModule {
  /** @param database open and migrated; who opened it closes it, after the application */
  static forRoot({ dataSource, platform }: DatabaseHandle): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: PlatformDataSource, useValue: platform },
        ChangeFeed,
        Housekeeping,
        Transactions,
      ],
      exports: [PlatformDataSource, ChangeFeed, Housekeeping, Transactions],
    };
  }
}
