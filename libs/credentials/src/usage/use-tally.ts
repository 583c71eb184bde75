import { LRUCache } from 'lru-cache';
import type { RegisteredCredential } from '../registry/registered-client.js';
import { userAgentFamily } from './user-agent-family.js';

const msPerDay = 86_400_000;
/** Of all credentials together: who has some secrets and many addresses does not fill the memory. */
const mostSources = 20_000;

/** What is counted of one credential on one day, from everywhere or from one place. */
export interface Use {
  readonly credentialId: string;
  /** Since the epoch, in UTC. */
  readonly day: number;
  usedAtMs: number;
  address: string;
  /** The header; of a place: its family. */
  userAgent: string | undefined;
  count: number;
}

/** The families of the headers that were seen: few, again and again. */
const families = new LRUCache<string, string>({ max: 2_000 });

/**
 * Counts the uses of credentials in memory. A use in a second in which there was one before allocates nothing, and
 * nothing is parsed before it is asked for, but for credentials that keep from where they are used. It holds no more
 * than the last use of each credential and day, and so many places.
 */
export class UseTally {
  /** By the id of the credential. */
  private readonly latest = new Map<string, Use>();
  /** Of days that were over before they could be written, by credential and day. */
  private readonly ended = new Map<string, Use>();
  /** By credential, address and user agent. */
  private readonly places = new Map<string, Use>();

  get isEmpty(): boolean {
    return this.latest.size === 0;
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
    else this.begin({ credentialId: id, day, usedAtMs, address, userAgent, count: 1 }, latest);
    if (!keepsSources) return;
    const family = familyOf(userAgent);
    const place = this.places.get(`${id} ${address} ${family}`);
    if (place !== undefined) count(place, usedAtMs, address, family);
    else this.restoreSource({ credentialId: id, day, usedAtMs, address, userAgent: family, count: 1 });
  }

  /** Adds what an earlier tally counted, which could not be written. */
  restore(earlier: Use): void {
    const later = this.latest.get(earlier.credentialId);
    if (later === undefined) this.latest.set(earlier.credentialId, earlier);
    else if (later.day === earlier.day) later.count += earlier.count;
    else this.end(earlier);
  }

  /** As above, of a place. */
  restoreSource(earlier: Use): void {
    const key = `${earlier.credentialId} ${earlier.address} ${earlier.userAgent}`;
    const later = this.places.get(key);
    if (later !== undefined) later.count += earlier.count;
    else if (this.places.size < mostSources) this.places.set(key, earlier);
  }

  /** One for each credential and day. */
  uses(): Use[] {
    return [...this.ended.values(), ...this.latest.values()];
  }

  /** One for each credential, address and family of user agents. */
  sources(): Use[] {
    return [...this.places.values()];
  }

  private begin(use: Use, before: Use | undefined): void {
    if (before !== undefined) this.end(before);
    this.latest.set(use.credentialId, use);
  }

  private end(use: Use): void {
    const key = `${use.credentialId} ${use.day}`;
    const same = this.ended.get(key);
    if (same === undefined) this.ended.set(key, use);
    else same.count += use.count;
  }
}

/**
 * The columns of uses for PostgreSQL: id, day, time in ms, count, address, family of the user agent. Those that need no
 * quotes are written here: pg looks through each element of an array for what to escape.
 */
export function columnsOf(uses: readonly Use[]): [string, string, string, string, string[], string[]] {
  return [
    `{${uses.map(({ credentialId }) => credentialId).join()}}`,
    `{${uses.map(({ day }) => day).join()}}`,
    `{${uses.map(({ usedAtMs }) => usedAtMs).join()}}`,
    `{${uses.map(({ count }) => count).join()}}`,
    uses.map(({ address }) => address),
    uses.map(({ userAgent }) => familyOf(userAgent)),
  ];
}

function count(use: Use, usedAtMs: number, address: string, userAgent: string | undefined): void {
  use.count++;
  use.usedAtMs = usedAtMs;
  use.address = address;
  use.userAgent = userAgent;
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
