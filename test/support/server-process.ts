import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { type Answer, type RequestOptions, send } from './http-client.js';
import { noteOutput } from './leak-watch.js';
import { testSettings } from './settings.js';

const thisVersion = fileURLToPath(new URL('../../apps/auth-server/src/main.js', import.meta.url));
const patienceMs = 20_000;

/** The server as a process of its own, as an operator starts it: the one way to see all that it prints. */
export interface ServerProcess {
  readonly url: string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Everything that it has printed so far, on both streams. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Ends it by SIGTERM, waits, and tells the exit code. */
  stop(): Promise<number | null>;
  /** Waits until it ends by itself. */
  ended(): Promise<number | null>;
}

interface StartOptions {
  /** Where it runs; the directory of the tests when it is not given. */
  readonly cwd?: string;
  /** The main module of another version. */
  readonly program?: string;
}

/**
 * Starts the server on a database, with the keys of the tests unless the environment gives others.
 *
 * @throws when it ends before it listens; the message is what it printed
 */
export async function startServerProcess(
  databaseUrl: string,
  env: NodeJS.ProcessEnv = {},
  { cwd, program = thisVersion }: StartOptions = {},
): Promise<ServerProcess> {
  const port = await freePort();
  const { issuer, masterKeys, secretPeppers } = testSettings();
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: String(port),
      ISSUER: issuer,
      DATABASE_URL: databaseUrl,
      MASTER_KEY: masterKeys.map((key) => key.toString('base64')).join(),
      SECRET_PEPPER: secretPeppers.map((key) => key.toString('base64')).join(),
      BCRYPT_COST: '4',
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  const pieces: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
  child.once('close', () => noteOutput('what a server printed', pieces.join('')));
  const closed = once(child, 'close').then(([code]) => code as number | null);
  let hasClosed = false;
  void closed.then(() => {
    hasClosed = true;
  });
  const url = `http://127.0.0.1:${port}`;
  const request = (method: string, path: string, options?: RequestOptions) =>
    send(url, method, path, options);
  const endsAt = Date.now() + patienceMs;
  while (!(await isLive(url))) {
    if (hasClosed) throw new Error(pieces.join(''));
    if (Date.now() > endsAt) {
      child.kill('SIGKILL');
      throw new Error(`The server does not start: ${pieces.join('')}`);
    }
    await wait(50);
  }
  return {
    url,
    request,
    output: () => pieces.join(''),
    ended: () => closed,
    signal: (name) => void child.kill(name),
    stop() {
      child.kill('SIGTERM');
      return closed;
    },
  };
}

async function isLive(url: string): Promise<boolean> {
  try {
    return (await send(url, 'GET', '/health/live')).status === 200;
  } catch {
    return false;
  }
}
