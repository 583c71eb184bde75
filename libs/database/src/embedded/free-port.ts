import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

// Below the range from which systems take the local port of outgoing connections: such a connection
// could sit on the port just while the server restarts.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

/** A port of 127.0.0.1 on which nobody listens at the moment. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFreePort(port)) {
      return port;
    }
  }
  throw new EmbeddedPostgresError(
    'start_failed',
    `No free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1 for the embedded PostgreSQL after ${ATTEMPTS} attempts.`,
  );
}

/** Whether nobody listens on this port of 127.0.0.1. */
export function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The port that was used the last time, if that is known. */
export function recallPort(portFile: string): number | null {
  try {
    const port = Number(readFileSync(portFile, 'utf8').trim());
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
  } catch {
    return null;
  }
}

/** Keeps the port for the next start. */
export function rememberPort(portFile: string, port: number): void {
  writeFileSync(portFile, `${port}\n`, { mode: 0o600 });
}
