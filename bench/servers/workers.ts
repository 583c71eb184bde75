import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/* The whole server as its own process with some workers, as `npm start` runs it. Tells the workers' process ids. */

const [directory = '', workers = '1'] = process.argv.slice(2);
const clientId = 'operator';
const secret = 'operator-secret-of-the-benchmark';
const startMs = 60_000;

await mkdir(directory, { recursive: true });
const logFile = join(directory, 'log');
const log = await open(logFile, 'a');
const port = await freePort();
const server = fork(fileURLToPath(new URL('../../apps/auth-server/src/main.js', import.meta.url)), {
  stdio: ['ignore', log.fd, 'inherit', 'ipc'],
  env: {
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: join(directory, 'data'),
    WORKERS: workers,
    MASTER_KEY: randomBytes(32).toString('base64'),
    SECRET_PEPPER: randomBytes(32).toString('base64'),
    BOOTSTRAP_CLIENT_ID: clientId,
    BOOTSTRAP_CLIENT_SECRET: secret,
  },
});
const pids = await untilAllListen();
process.send?.({ port, clientId, secret, pids });

process.on('disconnect', async () => {
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
  await log.close();
  process.exit(0);
});

/** @returns the process ids of those that serve */
async function untilAllListen(): Promise<number[]> {
  for (const endsAtMs = Date.now() + startMs; Date.now() < endsAtMs; await wait(200)) {
    const lines = (await readFile(logFile, 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"listening"'));
    if (lines.length >= Number(workers))
      return lines.map((line) => (JSON.parse(line) as { pid?: number }).pid ?? Number(server.pid));
  }
  throw new Error('The server did not start.');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
