import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export const clientId = 'bench-client';
export const secret = 'bench-secret-bench-secret';
const expected = createHash('sha256').update(secret).digest();

/** Whether the form holds the id and the secret of the one client that there is. */
export function isProven(form: URLSearchParams): boolean {
  const presented = createHash('sha256')
    .update(form.get('client_secret') ?? '')
    .digest();
  return form.get('client_id') === clientId && timingSafeEqual(presented, expected);
}

/** Reads the whole body as a form. */
export function readForm(request: IncomingMessage, then: (form: URLSearchParams) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => then(new URLSearchParams(Buffer.concat(chunks).toString())));
}

/** Answers JSON that nobody keeps. */
export function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Listens on a free port, tells the parent, and ends with it. */
export function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  facts: object = {},
): void {
  const server = createServer(handle).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    process.send?.({ port, ...facts });
  });
  process.on('disconnect', () => process.exit(0));
}
