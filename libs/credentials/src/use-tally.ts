import { LRUCache } from 'lru-cache';
import type { RegisteredCredential } from './registered-client.js';
import { userAgentFamily } from './user-agent-family.js';

const msPerDay = 86_400_000;

/** What is counted of one credential on one day. */
interface Use {
  readonly credentialId: string;
  /** Since the epoch, in UTC. */
  readonly day: number;
  usedAtMs: number;
  address: string;
  userAgent: string | undefined;
  count: number;
}

/** The families of the headers that were seen: few, again and again. */
const families = new LRUCache<string, string>({ max: 2_000 });

/**
 * Counts the uses of credentials in memory. A use in a second in which there was one before allocates nothing, and
 * nothing is parsed before it is asked for.
 */
export class UseTally {
  /** By the id of the credential. */
  private readonly latest = new Map<string, Use>();
  /** Of days that were over before anybody asked. */
  private readonly ended: Use[] = [];
  /** By credential, address and user agent, for credentials that keep them. */
  private readonly sources = new Map<string, Use>();

  get size(): number {
    return this.latest.size;
  }

  record(
    { id, keepsSources }: Pick<RegisteredCredential, 'id' | 'keepsSources'>,
    usedAtMs: number,
    address: string,
    userAgent: string | undefined,
  ): void {
    const day = Math.floor(usedAtMs / msPerDay);
    const latest = this.latest.get(id);
    if (latest !== undefined && latest.day === day) count(latest, usedAtMs, address, userAgent);
    else {
      if (latest !== undefined) this.ended.push(latest);
      this.latest.set(id, { credentialId: id, day, usedAtMs, address, userAgent, count: 1 });
    }
    if (!keepsSources) return;
    const key = `${id} ${address} ${userAgent ?? ''}`;
    const source = this.sources.get(key);
    if (source !== undefined) count(source, usedAtMs, address, userAgent);
    else this.sources.set(key, { credentialId: id, day, usedAtMs, address, userAgent, count: 1 });
  }

  /** Adds what an earlier tally counted, which could not be written. */
  merge(earlier: UseTally): void {
    this.ended.push(...earlier.ended);
    for (const [id, use] of earlier.latest) {
      if (this.latest.has(id)) this.ended.push(use);
      else this.latest.set(id, use);
    }
    for (const [key, use] of earlier.sources) {
      const later = this.sources.get(key);
      if (later === undefined) this.sources.set(key, use);
      else later.count += use.count;
    }
  }

  /** The columns of the last uses: id, time, address, user agent. */
  lastUses(): [string[], string[], string[], string[]] {
    return columnsOf([...this.latest.values()]);
  }

  /** The columns of the counts: id, day, count. A day may stand there twice. */
  dayCounts(): [string[], string[], number[]] {
    const uses = [...this.ended, ...this.latest.values()];
    return [
      uses.map(({ credentialId }) => credentialId),
      uses.map(({ day }) => new Date(day * msPerDay).toISOString().slice(0, 10)),
      uses.map(({ count }) => count),
    ];
  }

  /** The columns of the sources: id, time, address, user agent, count. A source may stand there twice. */
  sourceCounts(): [string[], string[], string[], string[], number[]] {
    const uses = [...this.sources.values()];
    return [...columnsOf(uses), uses.map(({ count }) => count)];
  }
}

function count(use: Use, usedAtMs: number, address: string, userAgent: string | undefined): void {
  use.count++;
  use.usedAtMs = usedAtMs;
  use.address = address;
  use.userAgent = userAgent;
}

function columnsOf(uses: readonly Use[]): [string[], string[], string[], string[]] {
  return [
    uses.map(({ credentialId }) => credentialId),
    uses.map(({ usedAtMs }) => new Date(usedAtMs).toISOString()),
    uses.map(({ address }) => address),
    uses.map(({ userAgent }) => familyOf(userAgent)),
  ];
}

function familyOf(userAgent: string | undefined): string {
  if (userAgent === undefined) return '';
  const known = families.get(userAgent);
  if (known !== undefined) return known;
  const family = userAgentFamily(userAgent);
  // A header may be some kilobytes long; such ones are not worth the memory.
  if (userAgent.length <= 256) families.set(userAgent, family);
  return family;
}
