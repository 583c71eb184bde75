import { LRUCache } from 'lru-cache';

const mostParts = 10_000;
/** Characters of JSON: what is longer is seldom the same for two clients. */
const longestPart = 2_000;

/**
 * Parts that many clients have alike, in memory once: a client takes less of it, and what requests ask for is found
 * in the processor's caches more often.
 */
export class SharedParts {
  private readonly parts = new LRUCache<string, object>({ max: mostParts });

  /** A set of these values, in their order. */
  set(values: Iterable<string>): ReadonlySet<string> {
    const list = [...values];
    return this.share(`set ${JSON.stringify(list)}`, () => new Set(list));
  }

  /** The same value. @param part of what JSON knows, and never changed */
  value<T extends object>(part: T): T {
    return this.share(JSON.stringify(part), () => part);
  }

  private share<T extends object>(text: string, make: () => T): T {
    // The text tells the type.
    const known = this.parts.get(text) as T | undefined;
    if (known) return known;
    const part = make();
    if (text.length <= longestPart) this.parts.set(text, part);
    return part;
  }
}
