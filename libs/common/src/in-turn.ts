/**
 * Waits for several things that are under way already, one after the other, so that it is the first failure by their
 * order that is told, and not the one that is noticed first.
 *
 * @throws whatever the first one of them failed with; it does not wait for those behind it
 */
export async function inTurn(...promises: readonly Promise<unknown>[]): Promise<void> {
  for (const promise of promises) promise.catch(() => undefined);
  for (const promise of promises) await promise;
}
