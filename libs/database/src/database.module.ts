import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeFeed } from './change-feed.js';
import { Housekeeping } from './housekeeping.js';
import { Transactions } from './transactions.js';

/** The open data source, by a name that says what it is to those who know no SQL. */
export type DatabaseHandle = DataSource;

/** The open data source, the transactions over it and the change feed. */
@Global()
@Module({})
export class DatabaseModule {
  /** @param dataSource initialized and migrated; who opened it closes it, after the application */
  static forRoot(dataSource: DataSource): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [{ provide: DataSource, useValue: dataSource }, ChangeFeed, Housekeeping, Transactions],
      exports: [DataSource, ChangeFeed, Housekeeping, Transactions],
    };
  }
}
