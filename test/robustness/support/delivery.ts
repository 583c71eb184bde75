import { basicHeader } from '../../support/http-client.js';
import { rawRequest } from '../../support/raw-http.js';
import type { TestServer } from '../../support/server.js';
import type { Caller, HostileRequest } from './hostile-requests.js';
import { plantedSecret } from './hostile-values.js';
import type { Operation } from './operations.js';
import type { World } from './world.js';

const boundary = 'a-boundary-of-the-tests';

/** Puts a request on the wire as it is meant, whatever an HTTP client would make of it. */
export function wireFormat(
  server: TestServer,
  world: World,
  operation: Operation,
  request: HostileRequest,
): Buffer {
  const { knowledge } = world;
  const fill = (text: string) =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => knowledge.lookUp(name));
  const path = knowledge.fillPath(operation.path, (name, known) => {
    const value = request.pathValues[name] ?? '';
    return value.startsWith('{{') ? known : value;
  });
  const query = request.query === '' ? '' : `?${fill(request.query)}`;
  const { mediaType } = request;
  const body = bytesOf(request, fill);
  const authorization = authorizationOf(server, world, operation, request.caller);
  const lines = [
    `Host: ${new URL(server.url).host}`,
    'Connection: close',
    // A source of its own for each request, or the limits on guessing would answer the later ones.
    `X-Forwarded-For: ${randomAddress()}`,
    ...(authorization ? [`Authorization: ${authorization}`] : []),
    ...(mediaType === undefined ? [] : [`Content-Type: ${withBoundary(mediaType)}`]),
    ...(body || operation.method !== 'GET' ? [`Content-Length: ${body?.length ?? 0}`] : []),
    ...request.headerLines,
  ];
  const head = rawRequest(`${operation.method} ${path}${query} HTTP/1.1`, lines);
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
}

function bytesOf({ body, mediaType }: HostileRequest, fill: (text: string) => string): Buffer | undefined {
  if (!body) return undefined;
  if ('bytes' in body) return body.bytes;
  return Buffer.from(fill(textOf(body.value, mediaType ?? '')));
}

function textOf(value: unknown, mediaType: string): string {
  const isForm = /^(application\/x-www-form-urlencoded|multipart\/form-data)$/.test(mediaType);
  if (!isForm || typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const pairs = Object.entries(value).flatMap(([name, member]) =>
    (Array.isArray(member) ? member : [member]).map((each): [string, string] => [name, wordOf(each)]),
  );
  if (mediaType !== 'multipart/form-data')
    return new URLSearchParams(pairs).toString().replaceAll('%7B', '{').replaceAll('%7D', '}');
  const parts = pairs.map(
    ([name, text]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function withBoundary(mediaType: string): string {
  return mediaType === 'multipart/form-data' ? `${mediaType}; boundary=${boundary}` : mediaType;
}

function authorizationOf(
  server: TestServer,
  { administrator, stranger, operatorToken }: World,
  { security }: Operation,
  caller: Caller,
): string | undefined {
  const takesSecret = security.some((scheme) => 'clientBasic' in scheme);
  const proof = (client: { clientId: string; secret: string }, token: string) =>
    takesSecret ? basicHeader(client.clientId, client.secret) : `Bearer ${token}`;
  switch (caller) {
    case 'administrator':
      return proof(administrator.client, administrator.token);
    case 'operator':
      return proof(server.operator, operatorToken);
    case 'stranger':
      return proof(stranger.client, stranger.token);
    case 'forger':
      return proof(
        { clientId: administrator.client.clientId, secret: plantedSecret },
        `${administrator.token.slice(0, -20)}${plantedSecret}`,
      );
    case 'babbler':
      return `Nonsense ${plantedSecret}, Basic =, Bearer ${'x'.repeat(2_000)}`;
    default:
      return undefined;
  }
}

function randomAddress(): string {
  const byte = () => 1 + Math.floor(Math.random() * 250);
  return `10.${byte()}.${byte()}.${byte()}`;
}
