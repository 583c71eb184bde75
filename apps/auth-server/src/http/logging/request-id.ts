import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const usable = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's `X-Request-Id` when it is harmless in logs and headers, else a new one of 32 hexadecimal digits. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  if (typeof given === 'string' && usable.test(given)) return given;
  return newRequestId();
}

const idLength = 32;
const idsAtOnce = 256;
let drawn = '';
let used = 0;

/** Drawn for many at once, for a call of the system, or of native code alone, costs more than the bits. */
function newRequestId(): string {
  if (used === drawn.length) {
    drawn = randomBytes((idLength / 2) * idsAtOnce).toString('hex');
    used = 0;
  }
  used += idLength;
  return drawn.slice(used - idLength, used);
}
