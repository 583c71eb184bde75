import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import type { TestServer } from './server.js';

/** Stands between a server and its database, so that a test can take the database away. */
export interface DatabaseProxy {
  /** Give it to `startServer({ sharing })`: the second server reaches the database only through the proxy. */
  readonly behind: TestServer;
  /** The URL of the database by way of the proxy. */
  readonly url: string;
  /** Everything that was sent to the database so far: what it never got, its files and logs cannot hold. */
  sent(): string;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  /**
   * Nothing gets through in either direction, and nobody is told: connections stay open, new ones get no answer. As TCP
   * would, it sends again what was lost as soon as the network is there again.
   */
  blackHole(): void;
  /** Loses every notification from now on, and nothing else. @returns how many it lost so far */
  loseNotifications(): () => number;
  /** Ends what was done to it. */
  restore(): void;
  close(): Promise<void>;
}

/** Starts a proxy to the database of a server. */
export async function proxyDatabaseOf(server: TestServer): Promise<DatabaseProxy> {
  const target = new URL(server.database.url);
  const sockets = new Set<Socket>();
  const sent: Buffer[] = [];
  let state: 'open' | 'cut' | 'black hole' = 'open';
  let losesNotifications = false;
  let lost = 0;
  const delayed: (() => void)[] = [];
  const throughNetwork = (arrive: () => void) => {
    if (state === 'black hole') delayed.push(arrive);
    else arrive();
  };
  // Without Nagle's algorithm, which makes a message that follows another one wait for its acknowledgement: 40 ms.
  const proxy = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(target.port || 5432), host: target.hostname, noDelay: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('data', (bytes) => sent.push(bytes));
    near.on('close', () => throughNetwork(() => far.destroy()));
    far.on('close', () => throughNetwork(() => near.destroy()));
    if (state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const answers = new MessageFilter((type) => {
      if (!losesNotifications || type !== notification) return true;
      lost++;
      return false;
    });
    near.pipe(new Network(throughNetwork)).pipe(far);
    far.pipe(answers).pipe(new Network(throughNetwork)).pipe(near);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    sent: () => Buffer.concat(sent).toString(),
    behind: { ...server, database: { ...server.database, url: url.href } },
    cut() {
      state = 'cut';
      for (const socket of sockets) socket.resetAndDestroy();
    },
    blackHole() {
      state = 'black hole';
    },
    loseNotifications() {
      losesNotifications = true;
      return () => lost;
    },
    restore() {
      state = 'open';
      losesNotifications = false;
      for (const arrive of delayed.splice(0)) arrive();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

class Network extends Transform {
  constructor(private readonly through: (arrive: () => void) => void) {
    super();
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.through(() => done(null, bytes));
  }
}

/** NotificationResponse (PostgreSQL 55.7, message formats). */
const notification = 'A';

/** Splits what a PostgreSQL server says into its messages, each a type and a length, and drops some of them. */
class MessageFilter extends Transform {
  private pending = Buffer.alloc(0);

  constructor(private readonly passes: (type: string) => boolean) {
    super();
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    while (this.pending.length >= 5) {
      const end = 1 + this.pending.readUInt32BE(1);
      if (this.pending.length < end) break;
      const message = this.pending.subarray(0, end);
      if (this.passes(String.fromCharCode(message[0] as number))) this.push(message);
      this.pending = this.pending.subarray(end);
    }
    done();
  }
}
