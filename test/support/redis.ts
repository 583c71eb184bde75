import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';

const binary = '/usr/bin/redis-server';
const patienceMs = 5_000;

/** A real Redis of a test's own, with nothing written to disk. */
export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts Debian's redis-server on a free port of the loopback. Installs it where the tests run as root. */
export async function startRedis(): Promise<TestRedis> {
  if (!existsSync(binary)) install();
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(binary, args, { stdio: 'ignore', detached: false });
  const url = `redis://127.0.0.1:${port}`;
  await answers(url);
  return { url, stop: () => stop(child) };
}

function install(): void {
  const line = 'apt-get update && apt-get install -y redis-server';
  if (process.getuid?.() !== 0) throw new Error(`These tests need Redis. Install it: sudo sh -c '${line}'`);
  execFileSync('sh', ['-c', line], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  const pong = await Promise.race([client.ping(), wait(patienceMs)]);
  client.disconnect();
  if (pong !== 'PONG') throw new Error(`Redis did not answer within ${patienceMs} ms.`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
