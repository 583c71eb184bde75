import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const usable = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's `X-Request-Id` when it is harmless in logs and headers, else a new one of 32 hexadecimal digits. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  if (typeof given === 'string' && usable.test(given)) return given;
  return newRequestId();
}

const idBytes = 16;
const pool = Buffer.alloc(idBytes * 256);
let poolOffset = pool.length;

/** Random bits are drawn in batches, for a system call costs more than the bits. */
function newRequestId(): string {
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  poolOffset += idBytes;
  return pool.toString('hex', poolOffset - idBytes, poolOffset);
}
