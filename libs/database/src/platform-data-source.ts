import { DataSource } from 'typeorm';

/**
 * Connections that see all organizations from their beginning to their end: for the registry's loader, the change
 * feed and chores, whose statements are fixed and single. A request's work never runs on them; they have no entities,
 * so that none can be asked for here. What needs more than one statement says `platform` to Transactions.
 */
export class PlatformDataSource extends DataSource {}
