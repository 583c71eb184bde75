import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { LoadRequest } from '../harness/contestant.js';

/** Sends one of the requests of a load. @throws Error for another status than the expected one */
export async function send(origin: string, request: LoadRequest, body = request.body): Promise<Response> {
  const { method, headers, path, expectedStatus } = request;
  const answer = await fetch(origin + path, { method, headers, ...(body !== undefined && { body }) });
  if (answer.status !== expectedStatus)
    throw new Error(`${method} ${path} answers ${answer.status}: ${await answer.text()}`);
  return answer;
}

/** The token of an answer of a token endpoint. */
export async function fetchToken(origin: string, request: LoadRequest): Promise<string> {
  const { access_token: token } = (await (await send(origin, request)).json()) as { access_token: string };
  return token;
}

/** Verifies a token by the server's published keys. @throws Error when it is not one of its own */
export async function mustVerify(origin: string, token: string): Promise<void> {
  const keys = (await (await fetch(`${origin}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
  await jwtVerify(token, createLocalJWKSet(keys), { typ: 'at+jwt' });
}
