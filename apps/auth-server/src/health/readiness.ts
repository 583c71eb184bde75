import { Injectable } from '@nestjs/common';

/** Something without which the server can't do its work. */
export interface ReadinessCheck {
  /** Shown to whoever asks: `database`. */
  readonly name: string;
  /** Rejects when it is not ready. */
  check(): Promise<void>;
}

const timeoutMs = 2_000;

/** Knows whether this instance should get requests; modules add their checks in their constructors. */
@Injectable()
export class Readiness {
  private readonly checks: ReadinessCheck[] = [];

  add(check: ReadinessCheck): void {
    this.checks.push(check);
  }

  /** The names of all checks, each with whether it passed. A check that hangs has failed. */
  async run(): Promise<Record<string, boolean>> {
    const results = this.checks.map(async (check) => [check.name, await passes(check)] as const);
    return Object.fromEntries(await Promise.all(results));
  }
}

async function passes(check: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([check.check().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
