import type { FastifyRequest } from 'fastify';

const candidates = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The methods that the router knows at the path of a request: empty when there is nothing at all. */
export function allowedMethods(request: FastifyRequest): string[] {
  const url = request.raw.url ?? '/';
  return candidates.filter((method) => request.server.findRoute({ method, url }) !== null);
}
