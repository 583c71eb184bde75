import type { Socket } from 'node:net';
import type { Log } from '../logging/log.js';
import { requestIdOf } from '../logging/request-id.js';
import type { StandingHeaders } from '../standing-headers.js';
import type { ErrorShapes } from './error-shapes.js';
import { problemOfStatus } from './problem.js';

const statusOfCode: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
const reasonOfStatus: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what is no HTTP at all, on the bare socket: the request never became one. */
export function answerClientError(
  error: Error & { code?: string; rawPacket?: Buffer },
  socket: Socket,
  shapes: ErrorShapes,
  headers: StandingHeaders,
  log: Log,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = statusOfCode[error.code ?? ''] ?? 400;
  const requestId = requestIdOf({ headers: {} });
  log.debug({ requestId, status, err: error, msg: 'connection refused' });
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const path = pathOf(error.rawPacket);
  const request = { headers: {}, url: path };
  const answer = shapes.render(problemOfStatus(status, requestId), path, request);
  const all = {
    ...headers,
    'x-request-id': requestId,
    ...answer.headers,
    'content-length': Buffer.byteLength(answer.body),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${reasonOfStatus[status]}\r\n${lines.join('')}\r\n${answer.body}`, () =>
    socket.destroy(),
  );
}

/** The path of the request line, as far as there is one, so that its surface's words are found. */
function pathOf(packet: Buffer | undefined): string {
  const line = packet?.subarray(0, 200).toString('latin1') ?? '';
  return /^[A-Z]+ (\/[^\s?]*)/.exec(line)?.[1] ?? '/';
}
