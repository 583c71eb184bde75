import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

interface DrainState {
  isDraining: boolean;
  readonly sockets: Set<Socket>;
}

declare module 'fastify' {
  interface FastifyInstance {
    drainState: DrainState;
  }
}

const sweepIntervalMs = 50;
/** How long clients have to hear from an answer that they are to leave, before their idle connections are closed. */
const farewellMs = 1_000;
/** How long a new connection may take until something is asked on it. */
const firstBytesMs = 500;

/** Prepares the server for `drain`: once it drains, every answer tells its client to open a new connection. */
export function prepareDrain(fastify: FastifyInstance): void {
  const state: DrainState = { isDraining: false, sockets: new Set() };
  fastify.decorate('drainState', state);
  fastify.server.on('connection', (socket) => {
    state.sockets.add(socket);
    socket.once('close', () => state.sockets.delete(socket));
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (state.isDraining) reply.header('Connection', 'close');
    done();
  });
}

/**
 * Takes leave of the clients, stops accepting connections and waits until the requests in flight are answered, or
 * until the grace is over: then their connections are cut.
 *
 * @returns whether every request was answered
 */
export async function drain(fastify: FastifyInstance, graceSeconds: number): Promise<boolean> {
  const { drainState, server } = fastify;
  const graceMs = graceSeconds * 1000;
  const startedAtMs = performance.now();
  drainState.isDraining = true;
  // A request that is on its way on a connection that was closed as idle would be lost (RFC 9112 §9.6).
  await untilAllLeft(drainState.sockets, Math.min(farewellMs, graceMs));
  let isClean = true;
  const sweep = setInterval(() => sweepIdle(fastify, performance.now() - startedAtMs), sweepIntervalMs);
  const deadline = setTimeout(
    () => {
      isClean = false;
      server.closeAllConnections();
    },
    Math.max(0, startedAtMs + graceMs - performance.now()),
  );
  try {
    await fastify.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
  return isClean;
}

async function untilAllLeft(sockets: ReadonlySet<Socket>, atMostMs: number): Promise<void> {
  const endsAtMs = performance.now() + atMostMs;
  while (sockets.size > 0 && performance.now() < endsAtMs) await wait(sweepIntervalMs);
}

/** Node closes the idle connections once, when it stops listening, and never those on which nothing was asked yet. */
function sweepIdle({ server, drainState }: FastifyInstance, drainingForMs: number): void {
  server.closeIdleConnections();
  if (drainingForMs < farewellMs + firstBytesMs) return;
  for (const socket of drainState.sockets) if (socket.bytesRead === 0) socket.destroy();
}
