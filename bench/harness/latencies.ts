const bucketsPerMs = 100;
const mostMs = 10_000;

/** Counts how long requests took, to a hundredth of a millisecond; whatever took longer than ten seconds counts as that. */
export class Latencies {
  private readonly counts = new Uint32Array(mostMs * bucketsPerMs + 1);
  private total = 0;

  add(ms: number): void {
    const bucket = Math.min(this.counts.length - 1, Math.floor(ms * bucketsPerMs));
    this.counts[bucket] = this.countOf(bucket) + 1;
    this.total++;
  }

  /** @param share 0.99 is the 99th percentile @returns milliseconds */
  percentile(share: number): number {
    const wanted = this.total * share;
    let bucket = 0;
    for (let passed = this.countOf(0); passed < wanted; passed += this.countOf(bucket)) bucket++;
    return bucket / bucketsPerMs;
  }

  private countOf(bucket: number): number {
    return this.counts[bucket] as number;
  }
}
