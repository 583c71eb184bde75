import { connect } from 'node:net';
import { type Answer, parsed } from './http-client.js';

/** One answer, with what only the wire shows. */
export interface RawAnswer extends Answer {
  /** What came after this answer on the same connection: a second answer where there should be none. */
  readonly rest: string;
}

const patienceMs = 5_000;

/** Puts a request together line by line, for those that no HTTP client would send. */
export function rawRequest(requestLine: string, headerLines: readonly string[], body = ''): string {
  return `${[requestLine, ...headerLines].join('\r\n')}\r\n\r\n${body}`;
}

/**
 * Sends bytes as they are and reads until the server closes the connection; interim answers (1xx) are passed over.
 * A request that does not say `Connection: close` shows by that whether the server closes of its own accord.
 *
 * @param parts sent one after the other, each in a packet of its own
 */
export async function sendRaw(origin: string, ...parts: readonly (string | Buffer)[]): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  const closed = new Promise<void>((resolve, reject) => {
    // A server that refuses early may reset the connection while the rest of the request is still on its way.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve());
    socket.setTimeout(patienceMs, () => {
      reject(
        new Error(`The connection stayed open; received: ${Buffer.concat(received).toString('latin1')}`),
      );
      socket.destroy();
    });
  });
  for (const part of parts) await new Promise<void>((resolve) => socket.write(part, () => resolve()));
  await closed;
  return parseAnswer(Buffer.concat(received));
}

function parseAnswer(bytes: Buffer): RawAnswer {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) throw new Error(`That is no answer: "${bytes.toString('latin1')}"`);
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  if (status < 200) return parseAnswer(bytes.subarray(headEnd + 4));
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = bytes.subarray(headEnd + 4);
  const length = Number(headers.get('content-length') ?? body.length);
  const text = body.toString('utf8', 0, length);
  return { status, headers, text, body: parsed(text), rest: body.toString('latin1', length) };
}
