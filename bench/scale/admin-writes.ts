import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { populatedClient } from '#test/support/population';
import { type Operator, percentile } from './latencies.js';

const writesOfRound = 50;
const warmUps = 1_500;

/** What creating clients costs beside the three INSERTs that it cannot do without, by pg in one transaction. */
export class AdminWrites {
  private readonly ours: number[] = [];
  private readonly inserts: number[] = [];

  private constructor(
    private readonly operator: Operator,
    private readonly database: pg.Client,
    private readonly threeInserts: ThreeInserts,
  ) {}

  /** Creates as many as it takes until the code for it is compiled. */
  static async start(operator: Operator, databaseUrl: string): Promise<AdminWrites> {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    const writes = new AdminWrites(
      operator,
      database,
      await ThreeInserts.like(populatedClient(1).clientId, database),
    );
    for (let left = warmUps; left > 0; left--) await writes.writeOne();
    return writes;
  }

  /** One round. */
  async write(): Promise<void> {
    for (let left = writesOfRound; left > 0; left--) {
      const { ours, inserts } = await this.writeOne();
      this.ours.push(ours);
      this.inserts.push(inserts);
    }
  }

  async summary(): Promise<{ createMs: number; createRatioToInserts: number; bulkOf1000Ms: number }> {
    const bulk = await this.operator.send('POST', '/clients', Array.from({ length: 1_000 }, clientBody));
    const createMs = percentile(this.ours, 0.5);
    return {
      createMs,
      createRatioToInserts: Number((percentile(this.inserts, 0.5) / createMs).toFixed(2)),
      bulkOf1000Ms: Math.round(bulk),
    };
  }

  async end(): Promise<void> {
    await this.database.end();
  }

  private async writeOne(): Promise<{ ours: number; inserts: number }> {
    const ours = await this.operator.send('POST', '/clients', [clientBody()]);
    return { ours, inserts: await this.threeInserts.run() };
  }
}

/** A new client with a name of its own. */
export function clientBody() {
  return {
    clientId: randomUUID(),
    authorizedGrantTypes: ['client_credentials'],
    clientAuthenticationMethods: ['client_secret_basic'],
  };
}

/** The INSERTs of a client, its audit event and a change record: plain ones, each with its values. */
class ThreeInserts {
  private constructor(
    private readonly database: pg.Client,
    private readonly clientRow: Readonly<Record<string, unknown>>,
    private readonly insertClient: string,
  ) {}

  /** Takes what a client's row has from one that is there. */
  static async like(clientId: string, database: pg.Client): Promise<ThreeInserts> {
    const { rows } = await database.query('select * from client where client_id = $1', [clientId]);
    const [clientRow] = rows as Record<string, unknown>[];
    if (!clientRow) throw new Error(`There is no client ${clientId} to take the values from.`);
    const columns = Object.keys(clientRow);
    const names = columns.map((column) => `"${column}"`).join(', ');
    const places = columns.map((_, index) => `$${index + 1}`).join(', ');
    return new ThreeInserts(database, clientRow, `insert into client (${names}) values (${places})`);
  }

  /** In one transaction. @returns milliseconds */
  async run(): Promise<number> {
    const startedAt = performance.now();
    const id = randomUUID();
    await this.database.query('begin');
    await this.database.query(this.insertClient, Object.values({ ...this.clientRow, id, client_id: id }));
    await this.database.query(
      `insert into audit_event (organization_id, sequence, occurred_at, action, actor, target_type, target_id, details, hash)
       values ($1::uuid, 1, now(), 'client.created', 'operator', 'client', $1::uuid::text, '{"name": null}', '')`,
      [id],
    );
    await this.database.query(
      `insert into change_record (transaction_id, topic, key) values (pg_current_xact_id()::text::bigint, 'client', $1::text)`,
      [id],
    );
    await this.database.query('commit');
    return performance.now() - startedAt;
  }
}
