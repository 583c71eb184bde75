import pg from 'pg';
import type { Change } from './change-feed.js';

interface ChangeRow extends Change {
  readonly id: string;
}

const queryTimeoutMs = 2_000;

/**
 * The database side of the change feed: one connection of its own that listens and reads. A row may become visible
 * after rows with higher ids, so a read goes back to the oldest transaction that was still running at the read
 * before, and drops what that read already had.
 */
export class ChangeReader {
  private client: pg.Client | undefined;
  private horizon: string | undefined;
  private seen = new Set<string>();

  constructor(
    private readonly url: string,
    private readonly onWakeUp: () => void,
  ) {}

  /** Opens the connection and remembers from which point on changes are to be read. */
  async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'clientele change feed',
      connectionTimeoutMillis: queryTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
    });
    const drop = () => {
      if (this.client === client) this.client = undefined;
    };
    client.on('error', drop);
    client.on('end', drop);
    client.on('notification', this.onWakeUp);
    try {
      await client.connect();
      await client.query('listen clientele_change');
      this.horizon ??= await currentHorizon(client);
      this.client = client;
    } catch (error) {
      await discard(client);
      throw error;
    }
  }

  /** The changes since the last read, on a new connection when the old one is lost. */
  async read(): Promise<readonly Change[]> {
    if (!this.client) await this.connect();
    const client = this.client as pg.Client;
    try {
      const { rows } = await client.query<{ horizon: string; changes: ChangeRow[] }>({
        name: 'read_changes',
        text: `select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
                 coalesce(json_agg(json_build_object('id', id::text, 'topic', topic, 'key', key) order by id)
                   filter (where id is not null), '[]') as changes
               from (select id, topic, key from change_record where transaction_id >= $1::bigint) as recent`,
        values: [this.horizon],
      });
      const { horizon, changes } = rows[0] as { horizon: string; changes: ChangeRow[] };
      const fresh = changes.filter((change) => !this.seen.has(change.id));
      this.seen = new Set(changes.map((change) => change.id));
      this.horizon = horizon;
      return fresh;
    } catch (error) {
      this.client = undefined;
      await discard(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}

async function currentHorizon(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ horizon: string }>(
    'select pg_snapshot_xmin(pg_current_snapshot())::text as horizon',
  );
  return (rows[0] as { horizon: string }).horizon;
}

/** Gives up a connection that may be dead: its end is not awaited, a black-holed one would never come. */
async function discard(client: pg.Client): Promise<void> {
  client.removeAllListeners('notification');
  client.on('error', () => undefined);
  void client.end().catch(() => undefined);
}
