import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

const MAX_BYTES = 5 * 1024 * 1024;
const TAIL_BYTES = 16 * 1024;

/** The log of PostgreSQL: one file that is appended to, and one older one beside it. */
export class ServerLog {
  constructor(readonly file: string) {}

  /** Opens the log for a server to write to; the caller closes it. */
  open(): { descriptor: number; offset: number } {
    this.bound();
    const descriptor = openSync(this.file, 'a', 0o600);
    return { descriptor, offset: fstatSync(descriptor).size };
  }

  /** Keeps the log under 5 MB and one older part of it as `.1`. */
  bound(): void {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > MAX_BYTES) {
      // Copied and emptied, not renamed: the server goes on writing to the file that it has open.
      copyFileSync(this.file, `${this.file}.1`);
      truncateSync(this.file);
    }
  }

  /** What the server wrote since `offset` (bytes), at most the last 16 KB of it; nothing when the file is gone. */
  readSince(offset: number): string {
    if (!statSync(this.file, { throwIfNoEntry: false })) return '';
    const descriptor = openSync(this.file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const start = Math.max(Math.min(offset, size), size - TAIL_BYTES);
      const buffer = Buffer.alloc(size - start);
      readSync(descriptor, buffer, 0, buffer.length, start);
      return buffer.toString('utf8');
    } finally {
      closeSync(descriptor);
    }
  }
}
