import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    drainState: { isDraining: boolean };
  }
}

const sweepIntervalMs = 50;

/** Prepares the server for `drain`: once it drains, every answer tells its client to open a new connection. */
export function prepareDrain(fastify: FastifyInstance): void {
  const state = { isDraining: false };
  fastify.decorate('drainState', state);
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (state.isDraining) reply.header('Connection', 'close');
    done();
  });
}

/**
 * Stops accepting connections and waits until the requests in flight are answered, or until the grace is over: then
 * their connections are cut.
 *
 * @returns whether every request was answered
 */
export async function drain(fastify: FastifyInstance, graceSeconds: number): Promise<boolean> {
  fastify.drainState.isDraining = true;
  const { server } = fastify;
  let isClean = true;
  // Node closes the idle connections once, when it stops listening, and not those that become idle afterwards.
  const sweep = setInterval(() => server.closeIdleConnections(), sweepIntervalMs);
  const deadline = setTimeout(() => {
    isClean = false;
    server.closeAllConnections();
  }, graceSeconds * 1000);
  try {
    await fastify.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
  return isClean;
}
