import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { LoadOrder, LoadResult } from './contestant.js';
import { Latencies } from './latencies.js';

/*
 * A load generator in a process of its own, so that it can be pinned to another core than the server. Each connection
 * asks, waits for the whole answer, and asks again. It does as little as can be, for whatever it does is missing to the
 * server where both share cores: requests are bytes before it starts, and of an answer it reads status and length alone.
 */

const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
const { host, hostname, port } = new URL(order.url);
const readBytes = 64 * 1024;
const latencies = new Latencies();
let answered = 0;
let failures = 0;

/** One connection, and the requests that it sends in turn. */
class Connection {
  private readonly socket: Socket;
  private next = 0;
  private sentAt = 0;
  /** The head of an answer, as far as it has come; empty once it is known how long the body is. */
  private head = '';
  private missingBytes = 0;

  constructor(private readonly requests: readonly Buffer[]) {
    // One buffer that is filled again and again, and no stream of it.
    const onread = { buffer: Buffer.allocUnsafe(readBytes), callback: this.read };
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true, onread }, this.ask);
    this.socket.on('error', this.fail).on('close', this.fail);
  }

  end(): void {
    this.socket.off('close', this.fail).destroy();
  }

  private readonly fail = (): void => {
    failures++;
    this.end();
  };

  private readonly ask = (): void => {
    const request = this.requests[this.next] as Buffer;
    this.next = (this.next + 1) % this.requests.length;
    this.sentAt = performance.now();
    this.socket.write(request);
  };

  private readonly read = (bytes: number, buffer: Uint8Array): boolean => {
    if (this.missingBytes > 0) {
      this.missingBytes -= bytes;
    } else {
      this.head += (buffer as Buffer).toString('latin1', 0, bytes);
      const end = this.head.indexOf('\r\n\r\n');
      if (end === -1) return true;
      this.missingBytes = end + 4 + bodyBytesOf(this.head) - this.head.length;
      if (Number(this.head.slice(9, 12)) === order.expectedStatus) answered++;
      else failures++;
      this.head = '';
    }
    if (this.missingBytes === 0) {
      latencies.add(performance.now() - this.sentAt);
      this.ask();
    } else if (!(this.missingBytes > 0)) this.fail();
    return true;
  };
}

/** @returns NaN, which no answer is as long as, when the head does not tell */
function bodyBytesOf(head: string): number {
  if (head.startsWith('304', 9)) return 0;
  return Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1]);
}

/** The requests of each connection. */
function requestsByConnection(): Buffer[][] {
  const { connections, sent, body, bodiesFile } = order;
  if (bodiesFile === undefined) {
    const request = bytesOf(body);
    return Array.from({ length: connections }, () => [request]);
  }
  const requests = readFileSync(bodiesFile, 'utf8').split('\n').map(bytesOf);
  // Each connection has bodies of its own, or they would all ask the same at the same time.
  const share = Math.floor(requests.length / connections);
  // They go on where the last round ended: a server must not know the bodies of this one from that one.
  const passed = Math.ceil(sent / connections) % share;
  return Array.from({ length: connections }, (_, i) => {
    const own = requests.slice(i * share, (i + 1) * share);
    return [...own.slice(passed), ...own.slice(0, passed)];
  });
}

function bytesOf(body: string | undefined): Buffer {
  const headers = {
    host,
    ...order.headers,
    ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${order.method} ${order.path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

const requests = requestsByConnection();
const startedAt = performance.now();
const connections = requests.map((own) => new Connection(own));
setTimeout(() => {
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of connections) connection.end();
  const report: LoadResult = {
    requests: answered,
    seconds,
    p50: latencies.percentile(0.5),
    p99: latencies.percentile(0.99),
    failures,
  };
  process.send?.(report);
}, order.seconds * 1000);
