import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Change } from './change-feed.js';

/** How long one read may take, a new connection included. */
export const readTimeoutMs = 2_000;

interface Read {
  /** What the read saw, as PostgreSQL writes it. */
  readonly snapshot: string;
  /** When it was, by the clock of the database. */
  readonly readAt: string;
  readonly changes: readonly Change[];
}

const position = 'pg_current_snapshot()::text as snapshot, now()::text as "readAt"';

/*
 * Sequence order is not commit order: what is new is what the snapshot of the read before could not see. The first
 * condition is for the index.
 */
const unseen = `transaction_id >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint
  and not pg_visible_in_snapshot(transaction_id::text::xid8, $1::pg_snapshot)`;

/*
 * A database that crashed, or was replaced by its replica, may give the numbers of lost transactions to new ones, and
 * those numbers count as seen. After a lost connection, what began later than the last read is new in any case.
 */
const sinceLoss = `${unseen} or created_at >= $2::timestamptz`;

function selectChanges(condition: string): string {
  return `select ${position},
      coalesce(json_agg(json_build_object('topic', topic, 'key', key) order by id), '[]') as changes
    from (select id, topic, key from change_record where ${condition}) as recent`;
}

/** The database side of the change feed: one connection of its own that listens and reads. */
export class ChangeReader {
  /** Goes with the notifications of this process, which puts its own changes into force without them. */
  readonly name = randomUUID();
  private client: pg.Client | undefined;
  /** Also while it is not connected yet, so that it can be given up. */
  private opening: pg.Client | undefined;
  private last: Pick<Read, 'snapshot' | 'readAt'> | undefined;
  private hasLostConnection = false;

  constructor(
    private readonly url: string,
    private readonly onWakeUp: () => void,
  ) {}

  /** Opens the connection and remembers from which point on changes are to be read. */
  async connect(): Promise<void> {
    await this.withinTimeout(async () => {
      const client = await this.open();
      const { rows } = await client.query<Read>(`select ${position}`);
      this.last = rows[0] as Read;
    });
  }

  /**
   * The changes since the last read, on a new connection when the old one is lost.
   *
   * @throws Error when they cannot be read within `readTimeoutMs`; the next read goes on where the last good one ended
   */
  async read(): Promise<readonly Change[]> {
    return this.withinTimeout(async () => {
      const client = this.client ?? (await this.open());
      const { snapshot, readAt } = this.last as Read;
      const { rows } = await client.query<Read>(
        this.hasLostConnection
          ? { text: selectChanges(sinceLoss), values: [snapshot, readAt] }
          : { name: 'read_changes', text: selectChanges(unseen), values: [snapshot] },
      );
      const read = rows[0] as Read;
      this.last = { snapshot: read.snapshot, readAt: read.readAt };
      this.hasLostConnection = false;
      return read.changes;
    });
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'clientele change feed',
      keepAlive: true,
    });
    const drop = () => {
      if (this.client === client) this.lose();
    };
    client.on('error', drop);
    client.on('end', drop);
    client.on('notification', ({ payload }) => {
      if (payload !== this.name) this.onWakeUp();
    });
    this.opening = client;
    await client.connect();
    await client.query('listen clientele_change');
    this.client = client;
    this.opening = undefined;
    return client;
  }

  /** Gives up the connection when the work fails or takes too long. */
  private async withinTimeout<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.lose(), readTimeoutMs);
    try {
      return await work();
    } catch (error) {
      this.lose();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private lose(): void {
    this.hasLostConnection = true;
    for (const client of [this.client, this.opening]) {
      client?.removeAllListeners('notification');
      // Its end cannot be awaited: over a network that drops everything it would never come.
      if (client) (client as unknown as { connection: pg.Connection }).connection.stream.destroy();
    }
    this.client = undefined;
    this.opening = undefined;
  }
}
