import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Transactions } from '#libs/database';
import { serverChain } from './audit-chain.entity.js';
import { type Actor, type AuditEntry, AuditLog } from './audit-log.js';

const flushEveryMs = 1_000;
const windowMs = 60_000;
/** Of one organization and kind, in a window. */
const mostPerKind = 10;
/** Of all organizations together, in a window: some 40 MB a day at the very most. */
const mostPerWindow = 100;
const mostKinds = 1_000;

/** Something that somebody tried and was refused. */
export interface RefusedAttempt extends AuditEntry {
  readonly action: 'client.authentication_failed' | 'request.refused';
  readonly actor: Actor;
}

interface Kind {
  readonly organizationId: string;
  readonly action: string;
  kept: number;
  leftOut: number;
}

const system: Actor = { name: 'system', credentialId: null, address: null, requestId: null };

/**
 * Writes refused attempts to the audit log: the first few of each kind in a minute, and at its end how many were left
 * out, so that a flood fills neither the memory nor the disk and delays nobody. Counted by each instance for itself.
 */
@Injectable()
export class RefusedAttempts implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RefusedAttempts.name);
  private readonly kinds = new Map<string, Kind>();
  private waiting: RefusedAttempt[] = [];
  private keptInWindow = 0;
  private windowEndsAtMs = performance.now() + windowMs;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.waiting.length > 0 || performance.now() >= this.windowEndsAtMs) void this.flush();
    }, flushEveryMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.windowEndsAtMs = 0;
    await this.flush();
  }

  /** Notes an attempt, in memory; it is written within some seconds. Details hold no secret, whatever was sent. */
  note(attempt: RefusedAttempt): void {
    const kind = this.kindOf(attempt);
    if (kind.kept >= mostPerKind || this.keptInWindow >= mostPerWindow) {
      kind.leftOut++;
      return;
    }
    kind.kept++;
    this.keptInWindow++;
    this.waiting.push(attempt);
  }

  /** Writes what was noted, and at the end of a window what was left out. Never fails: the answer was given. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.write()).catch((error: Error) => this.complain(error));
    return this.flushing;
  }

  private kindOf({ organizationId, action }: RefusedAttempt): Kind {
    const known = this.kinds.get(`${organizationId} ${action}`);
    if (known) return known;
    // Of more organizations than that, the rest is counted with the server's.
    const counted = this.kinds.size < mostKinds ? organizationId : serverChain;
    const key = `${counted} ${action}`;
    const kind = this.kinds.get(key) ?? { organizationId: counted, action, kept: 0, leftOut: 0 };
    this.kinds.set(key, kind);
    return kind;
  }

  /** At the first failure the rest is given up: without the database nothing would be written of it. */
  private async write(): Promise<void> {
    const attempts = this.waiting;
    this.waiting = [];
    for (const attempt of attempts) await this.record(attempt.actor, attempt);
    if (performance.now() < this.windowEndsAtMs) return;
    const ended = [...this.kinds.values()].filter(({ leftOut }) => leftOut > 0);
    this.kinds.clear();
    this.keptInWindow = 0;
    this.windowEndsAtMs = performance.now() + windowMs;
    for (const { organizationId, action, leftOut } of ended) {
      await this.record(system, {
        organizationId,
        action: 'refusals.left_out',
        targetType: 'action',
        targetId: action,
        details: { leftOut },
      });
    }
  }

  private record(actor: Actor, entry: AuditEntry): Promise<void> {
    return this.transactions.run({ organizationId: entry.organizationId }, (transaction) =>
      this.audit.record(transaction, actor, entry),
    );
  }

  private complain(error: Error): void {
    this.logger.warn(`Refused attempts were not written to the audit log: ${error.message}`);
  }
}
