import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Settings } from '#libs/common';
import { freePort } from '../../support/free-port.js';
import { send } from '../../support/http-client.js';
import { noteOutput } from '../../support/leak-watch.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const patienceMs = 60_000;

interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  /** As a person starts it, through npm; its build step included. */
  readonly byNpm?: boolean;
}

/** The server as a process of its own, started as `npm start` does. */
export class ServerProcess {
  /** What it wrote to standard output, its log, and to standard error, its words to a person. */
  output = '';
  errors = '';

  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
  ) {
    process.stdout?.on('data', (chunk) => {
      this.output += chunk;
    });
    process.stderr?.on('data', (chunk) => {
      this.errors += chunk;
    });
    process.once('close', () => noteOutput('what a server printed', this.output + this.errors));
  }

  /** Starts it without waiting for anything. */
  static async spawn({ env, byNpm }: StartOptions): Promise<ServerProcess> {
    const port = env['PORT'] ?? `${await freePort()}`;
    const { PATH, HOME } = process.env;
    const [command, args] = byNpm
      ? ['npm', ['start', '--silent']]
      : [process.execPath, ['dist/apps/auth-server/src/main.js']];
    const child = spawn(command, args, {
      cwd: root,
      env: { PATH, HOME, ...env, PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}`);
  }

  /** Starts it and waits until it answers. @throws Error with its words when it ends instead */
  static async start(options: StartOptions): Promise<ServerProcess> {
    const server = await ServerProcess.spawn(options);
    const ended = once(server.process, 'exit').then(() => {
      throw new Error(`The server ended: ${server.errors}${server.output}`);
    });
    await Promise.race([server.untilReady(), ended]);
    return server;
  }

  /** Sends a signal and waits for the end. @returns the exit code, or the signal that ended it */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    const ended = this.ended();
    this.process.kill(signal);
    return ended;
  }

  /** Waits for the end. @returns the exit code, or the signal that ended it */
  async ended(): Promise<number | string> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode ?? this.process.signalCode ?? 'unknown';
  }

  private async untilReady(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const isReady = await send(this.url, 'GET', '/health/ready').then(
        ({ status }) => status === 200,
        () => false,
      );
      if (isReady) return;
      if (performance.now() > deadline) throw new Error(`The server does not get ready: ${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** What a server needs to run on a database of a test file: its keys are those that the template was made with. */
export function environmentOn(databaseUrl: string, settings: Settings): Record<string, string> {
  const encode = (keys: readonly Buffer[]) => keys.map((key) => key.toString('base64')).join(',');
  return {
    DATABASE_URL: databaseUrl,
    MASTER_KEY: encode(settings.masterKeys),
    SECRET_PEPPER: encode(settings.secretPeppers),
    BCRYPT_COST: '4',
  };
}
