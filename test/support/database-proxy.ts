import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
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
  restore(): void;
  close(): Promise<void>;
}

/** Starts a proxy to the database of a server. */
export async function proxyDatabaseOf(server: TestServer): Promise<DatabaseProxy> {
  const target = new URL(server.database.url);
  const sockets = new Set<Socket>();
  const sent: Buffer[] = [];
  let isCut = false;
  const proxy = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('data', (bytes) => sent.push(bytes));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    if (isCut) near.resetAndDestroy();
    else near.pipe(far).pipe(near);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    sent: () => Buffer.concat(sent).toString(),
    behind: { ...server, database: { ...server.database, url: url.href } },
    cut,
    restore() {
      isCut = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
