import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { createOwnedName, isOwnerAlive } from './process-identity.js';

const POLL_MS = 15;
const TIMEOUT_MS = 180_000;
const CHOOSING = 'lock-choosing-';
const TICKET = 'lock-ticket-';

/**
 * Runs one piece of work at a time among all processes that use this directory; a process that died
 * holds nobody up.
 *
 * It is Lamport's bakery: everybody writes files of their own only. With the usual single lock file,
 * two processes that both find it stale can each delete the other's new one.
 *
 * @throws EmbeddedPostgresError `busy` after three minutes of waiting
 */
export async function withLock<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const me = createOwnedName();
  const ticket = drawTicket(directory, me);
  try {
    await waitForTurn(directory, me, ticket);
    return await work();
  } finally {
    rmSync(join(directory, ticket), { force: true });
  }
}

function drawTicket(directory: string, me: string): string {
  const choosing = join(directory, CHOOSING + me);
  writeFileSync(choosing, '', { mode: 0o600 });
  try {
    const numbers = listLive(directory, TICKET).map((ticket) => ticketOrder(ticket).number);
    const ticket = `${TICKET}${Math.max(0, ...numbers) + 1}_${me}`;
    writeFileSync(join(directory, ticket), '', { mode: 0o600 });
    return ticket;
  } finally {
    rmSync(choosing, { force: true });
  }
}

async function waitForTurn(directory: string, me: string, ticket: string): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    // The order of these two reads matters: whoever chose before the first has its ticket by the second.
    const choosing = listLive(directory, CHOOSING).filter((name) => name !== CHOOSING + me);
    const ahead = listLive(directory, TICKET).filter((other) => isBefore(other, ticket));
    if (choosing.length === 0 && ahead.length === 0) {
      return;
    }
    if (Date.now() > deadline) {
      const [holder] = [...ahead, ...choosing].map((name) => /(\d+)-\w+-\w+$/.exec(name)?.[1]);
      throw new EmbeddedPostgresError(
        'busy',
        `Process ${holder} has been starting or stopping the embedded PostgreSQL in ${directory} for ${TIMEOUT_MS / 1000} s. Wait for it, or end it and start again.`,
      );
    }
    await sleep(POLL_MS);
  }
}

function listLive(directory: string, prefix: string): string[] {
  return readdirSync(directory).filter((name) => {
    if (!name.startsWith(prefix)) {
      return false;
    }
    const owner = name.slice(prefix.length).replace(/^\d+_/, '');
    const alive = isOwnerAlive(owner);
    if (!alive) {
      rmSync(join(directory, name), { force: true });
    }
    return alive;
  });
}

function ticketOrder(ticket: string): { number: number; owner: string } {
  const [number, owner] = ticket.slice(TICKET.length).split('_');
  return { number: Number(number), owner: owner ?? '' };
}

function isBefore(one: string, other: string): boolean {
  const a = ticketOrder(one);
  const b = ticketOrder(other);
  return a.number === b.number ? a.owner < b.owner : a.number < b.number;
}
