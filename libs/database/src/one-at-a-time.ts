import type { DataSource, QueryRunner } from 'typeorm';

/** Does the work on a connection of its own unless another instance is at it. @param lockName the same on all of them */
export async function oneAtATime(
  dataSource: DataSource,
  lockName: string,
  work: (runner: QueryRunner) => Promise<void>,
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    const [lock] = await runner.query('select pg_try_advisory_lock(hashtext($1)) as taken', [lockName]);
    if (!lock.taken) return;
    try {
      await work(runner);
    } finally {
      await runner.query('select pg_advisory_unlock(hashtext($1))', [lockName]);
    }
  } finally {
    await runner.release();
  }
}
