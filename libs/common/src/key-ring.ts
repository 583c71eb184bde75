import { createHash } from 'node:crypto';

/** A symmetric key with the short public name under which stored values refer to it. */
export interface RingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The keys that the operator gave, newest first: the first one makes new values, all of them read old ones. */
export class KeyRing {
  readonly current: RingKey;
  private readonly byId = new Map<string, RingKey>();

  /** @param keys of 32 bytes each, at least one */
  constructor(keys: readonly Buffer[]) {
    const named = keys.map((bytes) => ({ id: keyId(bytes), bytes }));
    const [first] = named;
    if (!first) throw new Error('A key ring needs at least one key.');
    this.current = first;
    for (const key of named) this.byId.set(key.id, key);
  }

  /** The key of that name, or undefined when the operator has taken it away. */
  find(id: string): RingKey | undefined {
    return this.byId.get(id);
  }

  all(): IterableIterator<RingKey> {
    return this.byId.values();
  }
}

/** A name that tells keys apart and tells nothing about the key. */
function keyId(bytes: Buffer): string {
  return createHash('sha256').update('clientele key id\0').update(bytes).digest('hex').slice(0, 8);
}
