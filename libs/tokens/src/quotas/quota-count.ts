/** What a quota counted in one window of time, as the database knows it. */
export interface WindowCount {
  readonly window: number;
  readonly count: number;
  /** What was counted in the window before. */
  readonly previous: number;
}

/**
 * Counts against one quota in a window that slides: what the window before counted weighs as much as it still
 * overlaps with the last `seconds`. Windows begin at whole multiples of their length, so that every instance has the
 * same ones. Counting allocates nothing.
 */
export class QuotaCount {
  private window = Number.NEGATIVE_INFINITY;
  private current = 0;
  private previous = 0;
  private unsent = 0;

  /** @param seconds the length of the window */
  constructor(readonly seconds: number) {}

  /** What counts at that moment, in milliseconds since the epoch. */
  used(nowMs: number): number {
    this.moveTo(nowMs);
    return this.previous * (1 - this.elapsed(nowMs)) + this.current;
  }

  add(nowMs: number): void {
    this.moveTo(nowMs);
    this.current++;
    this.unsent++;
  }

  /** Whole seconds until one more fits below the limit, if nobody else takes it. */
  secondsUntilRoom(nowMs: number, limit: number): number {
    this.moveTo(nowMs);
    const target = limit - 1;
    const elapsed = this.elapsed(nowMs);
    const freeAt =
      this.current <= target ? 1 - (target - this.current) / this.previous : 2 - target / this.current;
    return Math.max(1, Math.ceil((freeAt - elapsed) * this.seconds));
  }

  /** Whole seconds until the window ends. */
  secondsUntilEnd(nowMs: number): number {
    return Math.max(1, Math.ceil((1 - this.elapsed(nowMs)) * this.seconds));
  }

  /** What was counted here since the last call, with the window it belongs to; undefined when there is nothing. */
  takeUnsent(): { window: number; count: number } | undefined {
    if (this.unsent === 0) return undefined;
    const taken = { window: this.window, count: this.unsent };
    this.unsent = 0;
    return taken;
  }

  /** Gives back what could not be sent. What belongs to a window that is over no longer matters much: it is let go. */
  giveBack({ window, count }: { window: number; count: number }): void {
    if (window === this.window) this.unsent += count;
  }

  /** Learns what all instances counted. */
  learn({ window, count, previous }: WindowCount): void {
    if (window === this.window) {
      this.current = count + this.unsent;
      this.previous = Math.max(this.previous, previous);
    } else if (window === this.window - 1) this.previous = Math.max(this.previous, count);
  }

  /** Whether nothing that it counted matters any more. */
  isOver(nowMs: number): boolean {
    return this.unsent === 0 && this.windowAt(nowMs) > this.window + 1;
  }

  private moveTo(nowMs: number): void {
    const window = this.windowAt(nowMs);
    // A clock that was set back stays in the window that it had reached.
    if (window <= this.window) return;
    this.previous = window === this.window + 1 ? this.current : 0;
    this.current = 0;
    // What was not sent of the window before goes along with this one: better counted late than not at all.
    this.window = window;
  }

  private windowAt(nowMs: number): number {
    return Math.floor(nowMs / 1000 / this.seconds);
  }

  /** How much of the window is over, from 0 to 1. */
  private elapsed(nowMs: number): number {
    return Math.min(1, Math.max(0, nowMs / 1000 / this.seconds - this.window));
  }
}
