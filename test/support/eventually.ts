import { setTimeout as wait } from 'node:timers/promises';

/** Repeats the check until it does not throw. @throws what it threw last, when the time is over */
export async function eventually<T>(withinMs: number, check: () => Promise<T>): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > endsAt) throw error;
      await wait(10);
    }
  }
}
