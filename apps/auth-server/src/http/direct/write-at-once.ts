import type { OutgoingHttpHeader, ServerResponse } from 'node:http';

/** Writes a whole answer to the socket in a single piece. @param headers all of them but the length of the body */
export function writeAtOnce(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeader[],
  body: string | undefined,
): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const length = Buffer.byteLength(body);
  headers.push('content-length', length);
  response.writeHead(status, headers);
  // Node itself would write two parts, the second one empty, which costs the socket more than a single one.
  const { socket } = response;
  socket?.cork();
  // As long in bytes as in characters, it is ASCII, and need not be encoded.
  response.write(body, length === body.length ? 'latin1' : 'utf8');
  socket?.uncork();
  response.end();
}
