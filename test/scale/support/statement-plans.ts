import type { Client } from 'pg';
import { DataSource } from 'typeorm';
import { PlatformDataSource } from '#libs/database';
import type { TestDatabase } from '../../support/database.js';
import type { TestServer } from '../../support/server.js';

/** How PostgreSQL went about a statement that the server sent, or that a trigger ran for it. */
export interface StatementPlan {
  readonly sql: string;
  /** Where it read from one end to the other. */
  readonly scanned: readonly Scan[];
  /** How many rows of tables or entries of indexes it looked at, those that a filter removed included. */
  readonly rowsRead: number;
}

/** A table that was read as a whole, or by the whole of an index, or of which many rows were read one by one. */
export interface Scan {
  readonly table: string;
  readonly index: string | undefined;
}

/** No page, array or customer of the walk has so many rows. */
const manyRows = 2_000;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Pool {
  on(event: 'acquire', listener: (client: Client) => void): void;
}

/** Has PostgreSQL explain every statement on the connections that are opened to the database from now on. */
export async function explainStatements(database: TestDatabase): Promise<void> {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    // Statements of triggers too: a cascade looks for its rows by one.
    'auto_explain.log_nested_statements': 'on',
    // What was read in fact: a loop may come to all rows without any scan.
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_format': 'json',
    'auto_explain.log_level': 'notice',
  };
  const [row] = await database.query<{ name: string }>('select current_database() as name');
  for (const [name, value] of Object.entries(settings))
    await database.query(`alter database ${row?.name} set ${name} = '${value}'`);
}

/** Collects the plans that PostgreSQL tells a server, on the connections of both its pools. */
export class StatementPlans {
  readonly all: StatementPlan[] = [];
  private readonly heard = new WeakSet<Client>();

  constructor({ app }: TestServer) {
    for (const source of [DataSource, PlatformDataSource]) {
      const { master } = app.get<DataSource>(source, { strict: false }).driver as unknown as { master: Pool };
      master.on('acquire', (client) => this.listenTo(client));
    }
  }

  private listenTo(client: Client): void {
    if (this.heard.has(client)) return;
    this.heard.add(client);
    client.on('notice', ({ message }) => {
      const plan = planOf(message ?? '');
      if (plan) this.all.push(plan);
    });
  }
}

function planOf(message: string): StatementPlan | undefined {
  const start = message.indexOf('plan:\n');
  if (start < 0) return undefined;
  const told = JSON.parse(message.slice(start + 'plan:\n'.length)) as {
    'Query Text': string;
    Plan: PlanNode;
  };
  return { sql: told['Query Text'], scanned: [...scannedBy(told.Plan)], rowsRead: rowsReadBy(told.Plan) };
}

function* scannedBy(node: PlanNode): Generator<Scan> {
  const { 'Node Type': type, 'Relation Name': table, 'Index Name': index } = node;
  const isWhole = type === 'Seq Scan' || (/^Index (Only )?Scan$/.test(type) && !node['Index Cond']);
  if (table && (isWhole || ownRowsRead(node) > manyRows)) yield { table, index };
  for (const inner of node.Plans ?? []) yield* scannedBy(inner);
}

function rowsReadBy(node: PlanNode): number {
  const inner = (node.Plans ?? []).reduce((sum, each) => sum + rowsReadBy(each), 0);
  return inner + (/Scan/.test(node['Node Type']) && node['Relation Name'] ? ownRowsRead(node) : 0);
}

function ownRowsRead(node: PlanNode): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return (node['Actual Rows'] + removed) * node['Actual Loops'];
}
