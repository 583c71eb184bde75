/** An object that keeps what is remembered with it. */
export interface Remembering {
  readonly memories: unknown[];
}

/**
 * Something that is remembered with objects and goes with them, as in a WeakMap, for what each request asks of a great
 * many of them: it takes no look-up in a table that the processor's caches do not hold, and garbage collection does not go
 * through it. There is one for each purpose, made when its file is loaded.
 */
export class Memory<T> {
  private static places = 0;
  private readonly place = Memory.places++;

  /** The memories of a new object: none yet. */
  static none(): unknown[] {
    return Array.from({ length: Memory.places });
  }

  /** What was remembered with it last. */
  of({ memories }: Remembering): T | undefined {
    return memories[this.place] as T | undefined;
  }

  /** Remembers that instead. */
  keep({ memories }: Remembering, remembered: T): void {
    memories[this.place] = remembered;
  }
}
