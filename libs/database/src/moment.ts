/**
 * A moment of this process, by two clocks: the monotonic one stands still while the machine is suspended, the other
 * one can be set back. What has passed is what the one says that saw more of it.
 */
export class Moment {
  private readonly monotonicMs = performance.now();
  private readonly wallMs = Date.now();

  /** How many milliseconds ago this was, at least. */
  ageMs(): number {
    return Math.max(performance.now() - this.monotonicMs, Date.now() - this.wallMs);
  }
}
