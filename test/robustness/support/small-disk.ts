import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Scratch } from '../../embedded/support/scratch.js';

const chunk = Buffer.alloc(1 << 20);

/** A file system of its own in memory, which a test can fill to the last byte. */
export class SmallDisk {
  private readonly scratch = new Scratch();
  readonly directory = this.scratch.directory();

  /** @returns undefined where this user may not mount one */
  static mount(megabytes: number): SmallDisk | undefined {
    const disk = new SmallDisk();
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', disk.directory];
    if (spawnSync('mount', options).status === 0) return disk;
    disk.scratch.remove();
    return undefined;
  }

  fill(): void {
    const file = openSync(this.balloon, 'w');
    try {
      for (;;) writeSync(file, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  makeSpace(): void {
    rmSync(this.balloon, { force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.directory]);
    this.scratch.remove();
  }

  private get balloon(): string {
    return join(this.directory, 'balloon');
  }
}
