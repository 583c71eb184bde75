import { Injectable } from '@nestjs/common';
import { Memory } from '#libs/common';
import type { RegisteredCredential } from '#libs/credentials';

interface LastToken {
  /** What was asked for: its claims but for times and id, in whatever form. */
  request: string;
  endsAtSeconds: number;
}

/** With the object that the registry keeps, which goes with every change of the client: then tokens may be dead. */
const lastToken = new Memory<LastToken>();

/**
 * Notices clients that fetch a token while most of the life of their last one remains: they should keep it. It is told
 * to the client as a hint and counted, never refused, for the machines of a fleet that share a client each need their
 * own. Each process knows only the tokens that it made itself.
 */
@Injectable()
export class EarlyRequests {
  private counted = 0;

  /** How many there were since the start. */
  get count(): number {
    return this.counted;
  }

  /**
   * Takes note of a new token.
   *
   * @param request what was asked for: the same text for the same claims alone, times and id apart
   * @returns the seconds that remain of the last one when they are most of its life, else undefined
   */
  note(
    credential: RegisteredCredential,
    request: string,
    nowSeconds: number,
    ttlSeconds: number,
  ): number | undefined {
    const endsAtSeconds = nowSeconds + ttlSeconds;
    const last = lastToken.of(credential);
    if (last === undefined) {
      lastToken.keep(credential, { request, endsAtSeconds });
      return undefined;
    }
    const isSame = last.request === request;
    const remaining = isSame ? last.endsAtSeconds - nowSeconds : 0;
    if (!isSame) last.request = request;
    last.endsAtSeconds = endsAtSeconds;
    if (remaining * 2 <= ttlSeconds) return undefined;
    this.counted++;
    return Math.min(remaining, ttlSeconds);
  }
}
