import type { QueryRunner } from 'typeorm';

/*
 * What these functions write is part of migrations that have run: it must not change.
 */

/** Indexes by their names: each is what follows `create index … on`. */
export type Indexes = Readonly<Record<string, string>>;

/**
 * Makes indexes while their tables are written to, and then drops those whose place they take. Only outside of a
 * transaction (`transaction = false`), and without a bound on waiting for locks, which the caller lifts.
 */
export async function replaceIndexes(runner: QueryRunner, made: Indexes, dropped: Indexes): Promise<void> {
  for (const [name, definition] of Object.entries(made)) {
    // What an attempt that was broken off left behind is not valid.
    await runner.query(`drop index concurrently if exists ${name}`);
    await runner.query(`create index concurrently ${name} on ${definition}`);
  }
  for (const name of Object.keys(dropped)) await runner.query(`drop index concurrently if exists ${name}`);
}

/** Takes back what the function above did. */
export async function restoreIndexes(runner: QueryRunner, made: Indexes, dropped: Indexes): Promise<void> {
  for (const [name, definition] of Object.entries(dropped))
    await runner.query(`create index ${name} on ${definition}`);
  for (const name of Object.keys(made)) await runner.query(`drop index ${name}`);
}
