import { Injectable } from '@nestjs/common';

/** The time as the domain sees it: one injectable place, so that a test can stop or move it. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date(this.nowMs());
  }

  /** Milliseconds since the epoch. */
  nowMs(): number {
    return Date.now();
  }

  /** Whole seconds since the epoch, as JWT's NumericDate counts them (RFC 7519 §2). */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }
}
