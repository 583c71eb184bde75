export { ChangeFeed } from './change-feed.js';
export { ChangeRecord } from './change-record.entity.js';
export { dataSourceOptions } from './data-source-options.js';
export { type DatabaseHandle, DatabaseModule } from './database.module.js';
export { fetchPage } from './fetch-page.js';
export { Housekeeping } from './housekeeping.js';
export { openDatabase } from './open-database.js';
export { Transaction, Transactions } from './transactions.js';
