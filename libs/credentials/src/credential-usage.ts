import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

const flushEveryMs = 1_000;

/** Remembers when each credential was used last and writes it in one statement a second, off the hot path. */
@Injectable()
export class CredentialUsage implements OnApplicationShutdown {
  private readonly logger = new Logger(CredentialUsage.name);
  private pending = new Map<string, Date>();
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  record(credentialId: string, usedAt: Date): void {
    this.pending.set(credentialId, usedAt);
    this.timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  /** Writes what has gathered. A failure keeps it for the next time. */
  flush(): Promise<void> {
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.flush();
  }

  private async write(): Promise<void> {
    if (this.pending.size === 0 || !this.dataSource.isInitialized) return;
    const batch = this.pending;
    this.pending = new Map();
    try {
      // The rows are locked in one order, so that two instances that flush the same ones do not deadlock.
      await this.dataSource.query(
        `with used as (select * from unnest($1::uuid[], $2::timestamptz[]) as u (id, used_at)),
           locked as (select c.id from credential c join used on used.id = c.id order by c.id for no key update of c)
         update credential set last_used_at = greatest(last_used_at, used.used_at)
         from used join locked on locked.id = used.id where credential.id = used.id`,
        [[...batch.keys()], [...batch.values()].map((usedAt) => usedAt.toISOString())],
      );
    } catch (error) {
      for (const [id, usedAt] of batch) if (!this.pending.has(id)) this.pending.set(id, usedAt);
      this.logger.warn(
        `The last use of ${batch.size} credentials could not be written: ${(error as Error).message}`,
      );
    }
  }
}
