import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { KeyUses } from '#libs/keys';

/** What needs which master key and pepper, as one of the instances counted it last; every instance says the same. */
@Injectable()
export class KeyMetrics {
  private readonly sealed: Gauge;
  private readonly secrets: Gauge;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly uses: KeyUses,
    @Inject(Registry) registry: Registry,
  ) {
    const common = { registers: [registry], collect: () => this.refresh(), aggregator: 'max' as const };
    this.sealed = new Gauge({
      ...common,
      name: 'sealed_values',
      help: 'Stored values by the master key that opens them, and whether that is the first one, behind it, or missing.',
      labelNames: ['kind', 'master_key', 'state'],
    });
    this.secrets = new Gauge({
      ...common,
      name: 'secrets_by_pepper',
      help: 'Secrets that work by the pepper of their hash, and whether that is the first one, behind it, or missing.',
      labelNames: ['pepper', 'state'],
    });
  }

  /** Both figures of one scrape by one read, of a table of some rows. */
  private refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** Without the database the last figures stand. */
  private async read(): Promise<void> {
    const uses = await this.uses.list().catch(() => undefined);
    if (!uses) return;
    this.sealed.reset();
    this.secrets.reset();
    for (const use of uses) {
      const state = this.uses.stateOf(use);
      if (use.kind === 'secret') this.secrets.set({ pepper: use.keyId, state }, use.count);
      else this.sealed.set({ kind: use.kind, master_key: use.keyId, state }, use.count);
    }
  }
}
