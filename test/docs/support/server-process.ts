import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../../../', import.meta.url));
const program = fileURLToPath(new URL('../../../apps/auth-server/src/main.js', import.meta.url));
const readyWithinMs = 60_000;

/** The server as `npm start` runs it: a process of its own, with the environment given and nothing else of ours. */
export class ServerProcess {
  /** Everything it has written, on either stream. */
  output = '';

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
  }

  /** Starts it and waits until it is ready to serve. */
  static async start(
    env: NodeJS.ProcessEnv,
    { cwd = repositoryRoot, args = [program] } = {},
  ): Promise<ServerProcess> {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new ServerProcess(child);
    try {
      await server.untilReady(`http://127.0.0.1:${env['PORT']}/health/ready`);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Ends it as a service manager does. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }

  private async untilReady(url: string): Promise<void> {
    const givesUpAt = Date.now() + readyWithinMs;
    while (Date.now() < givesUpAt && this.child.exitCode === null) {
      const isReady = await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`The server is not ready.\n${this.output}`);
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
