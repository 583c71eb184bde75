import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, createOrganization } from '../../support/fixtures.js';
import { type Answer, type RequestOptions, send } from '../../support/http-client.js';
import { startServer, type TestClient, type TestServer } from '../../support/server.js';
import { environmentOn, ServerProcess } from './server-process.js';

const generator = fileURLToPath(import.meta.resolve('autocannon'));
const goodClients = 4;
const pauseMs = 10;
const longestArgument = 10_000;
const goodAddress = '192.0.2.1';

/** What a flood did to those who mean well, and to the server. */
export interface FloodFigures {
  readonly quietP99Ms: number;
  readonly floodP99Ms: number;
  readonly goodRequests: number;
  readonly rssBeforeMegabytes: number;
  readonly rssAfterMegabytes: number;
}

interface Bombardment {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Requests a second at most. */
  readonly rate: number;
  readonly connections?: number;
}

/** A server process of its own with a few good clients, and means to flood it from other processes. */
export class FloodedServer {
  private constructor(
    readonly here: TestServer,
    private readonly flooded: ServerProcess,
    private readonly clients: readonly TestClient[],
    private readonly organization: { readonly customerId: string; readonly token: string },
  ) {}

  static async start(): Promise<FloodedServer> {
    const here = await startServer();
    const organization = await createOrganization(here, {
      settings: { adminRateLimit: { requests: 1_000_000, seconds: 1 } },
    });
    const { customerId, token } = organization;
    // One whose tokens are signed by the threads of the pool, and so would show that it starves.
    const pooled = await createOrganization(here, { settings: { accessTokenSigningAlg: 'RS256' } });
    const clients = await Promise.all([
      ...Array.from({ length: goodClients - 1 }, () => createClient(here, customerId, token)),
      createClient(here, pooled.customerId, pooled.token),
    ]);
    const env = {
      ...environmentOn(here.database.url, here.settings),
      TRUST_PROXY: '127.0.0.1',
      BCRYPT_COST: '10',
    };
    const flooded = await ServerProcess.start({ env: { ...env, LOG_LEVEL: 'warn' } });
    return new FloodedServer(here, flooded, clients, organization);
  }

  get url(): string {
    return this.flooded.url;
  }

  get goodClient(): TestClient {
    return this.clients[0] as TestClient;
  }

  async stop(): Promise<void> {
    await this.flooded.end('SIGKILL');
    await this.here.close();
  }

  request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return send(this.url, method, path, options);
  }

  /** A client whose secret somebody chose. */
  createChosen(secret: string): Promise<TestClient> {
    const { customerId, token } = this.organization;
    return createClient(this.here, customerId, token, { clientSecret: secret });
  }

  /**
   * Measures the good clients alone, and then beside the flood.
   *
   * @param flood goes on until it is told to end
   */
  async measure(seconds: number, flood: (signal: AbortSignal) => Promise<unknown>): Promise<FloodFigures> {
    await this.fetchTokens(0.3);
    const quiet = await this.fetchTokens(seconds);
    const rssBeforeMegabytes = this.rssMegabytes();
    const ending = new AbortController();
    const flooding = flood(ending.signal);
    try {
      const flooded = await this.fetchTokens(seconds);
      return {
        quietP99Ms: p99(quiet),
        floodP99Ms: p99(flooded),
        goodRequests: flooded.length,
        rssBeforeMegabytes,
        rssAfterMegabytes: this.rssMegabytes(),
      };
    } finally {
      ending.abort();
      await flooding;
    }
  }

  /** Sends the same request on and on from a process of its own; `[<id>]` in the body is another one each time. */
  async bombard(
    { path, headers, body, rate, connections = 32 }: Bombardment,
    signal: AbortSignal,
  ): Promise<void> {
    const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    // A command line has no room for a large body.
    const directory = mkdtempSync(join(tmpdir(), 'flood-'));
    const input = join(directory, 'body');
    writeFileSync(input, body);
    const isShort = typeof body === 'string' && body.length <= longestArgument;
    const sent = isShort ? ['-I', '-b', body] : ['-i', input];
    const order = ['-c', `${connections}`, '-R', `${rate}`, '-d', '600', '-m', 'POST', ...sent];
    const child = spawn(process.execPath, [generator, ...order, ...lines, this.url + path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await untilAborted(signal, child).finally(() => rmSync(directory, { recursive: true }));
  }

  /** Each good client asks again a little after it was answered; all must get tokens. @returns how long each took */
  private async fetchTokens(seconds: number): Promise<number[]> {
    const endsAt = performance.now() + seconds * 1_000;
    const tookMs: number[] = [];
    const askOn = async ({ clientId, secret }: TestClient) => {
      while (performance.now() < endsAt) {
        const startedAt = performance.now();
        const { status, text } = await this.request('POST', '/oauth/token', {
          basic: [clientId, secret],
          form: { grant_type: 'client_credentials' },
          headers: { 'x-forwarded-for': goodAddress },
        });
        tookMs.push(performance.now() - startedAt);
        assert.equal(status, 200, text);
        await wait(pauseMs);
      }
    };
    await Promise.all(this.clients.map(askOn));
    return tookMs;
  }

  private rssMegabytes(): number {
    const status = readFileSync(`/proc/${this.flooded.process.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
  }
}

async function untilAborted(signal: AbortSignal, child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  let words = '';
  child.stderr?.on('data', (piece) => {
    words = (words + piece).slice(-1_000);
  });
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  await ended;
  assert.ok(signal.aborted, `the flood did not last: ${words}`);
}

function p99(tookMs: readonly number[]): number {
  const sorted = [...tookMs].sort((a, b) => a - b);
  return Math.round((sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0) * 10) / 10;
}
