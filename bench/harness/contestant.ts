import type { ChildProcess } from 'node:child_process';
import { cpuSecondsOf, end, messageOf, startOn } from './process.js';

/** Which core has the servers, and which the load. */
export const serverCore = 0;
export const loadCore = 1;

/** What a benchmark's server tells when it listens; whatever else it tells is for the case. */
export interface Ready {
  readonly port: number;
  /** The processes that serve, where it is not the one that tells. */
  readonly pids?: readonly number[];
  readonly [fact: string]: unknown;
}

/** The requests of which a load consists. */
export interface LoadRequest {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A file with a body per line, in the place of `body`: more of them than a server can remember. */
  readonly bodiesFile?: string;
  readonly expectedStatus: number;
}

export interface LoadOrder extends LoadRequest {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** How many requests the server has had before. */
  readonly sent: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

/** Runs the load generator in a process of its own, on one core; undefined: on all. */
export async function applyLoad(order: LoadOrder, core: number | undefined): Promise<LoadResult> {
  const generator = startOn(core, './load.js', [JSON.stringify(order)]);
  const result = await messageOf<LoadResult>(generator);
  generator.disconnect();
  return result;
}

/** A server in a race: how to start it, what to ask it, and whether its answers are right. */
export interface ContestantPlan {
  readonly name: string;
  /** A compiled module below `bench/servers`, and its arguments; `{directory}` becomes one of its own. */
  readonly server: string;
  readonly args: readonly string[];
  /** It and its load run on any core, in the place of one each. */
  readonly isFree?: boolean;
  request(ready: Ready): LoadRequest;
  /** @throws Error when an answer is wrong: a fast answer that is wrong is worth nothing */
  check(origin: string, request: LoadRequest, ready: Ready): Promise<void>;
}

/** What one round of load on one server came to. */
export interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server's process, its threads included, per request. */
  readonly cpuMicroseconds: number;
}

/** A server that runs. */
export class Contestant {
  readonly rounds: Round[] = [];
  private sent = 0;

  private constructor(
    readonly plan: ContestantPlan,
    private readonly child: ChildProcess,
    private readonly ready: Ready,
    private readonly load: LoadRequest,
  ) {}

  static async start(plan: ContestantPlan, directory: string): Promise<Contestant> {
    const args = plan.args.map((argument) => argument.replace('{directory}', directory));
    const child = startOn(plan.isFree ? undefined : serverCore, `../servers/${plan.server}.js`, args);
    const ready = await messageOf<Ready>(child);
    return new Contestant(plan, child, ready, plan.request(ready));
  }

  get name(): string {
    return this.plan.name;
  }

  async check(): Promise<void> {
    await this.plan.check(this.origin, this.load, this.ready);
  }

  /** One round of load. @throws Error when a request failed */
  async run(connections: number, seconds: number): Promise<Round> {
    const before = this.cpuSeconds();
    const result = await this.apply(connections, seconds);
    if (result.failures > 0 || result.requests === 0)
      throw new Error(`${this.name} failed ${result.failures} of ${result.requests} requests.`);
    const cpuMicroseconds = ((this.cpuSeconds() - before) / result.requests) * 1e6;
    const { requests, p50, p99 } = result;
    return { perSecond: requests / result.seconds, p50, p99, cpuMicroseconds };
  }

  async end(): Promise<void> {
    await end(this.child);
  }

  private cpuSeconds(): number {
    const pids = this.ready.pids ?? [this.child.pid as number];
    return pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  }

  private get origin(): string {
    return `http://127.0.0.1:${this.ready.port}`;
  }

  private async apply(connections: number, seconds: number): Promise<LoadResult> {
    const order: LoadOrder = {
      ...this.load,
      url: this.origin + this.load.path,
      connections,
      seconds,
      sent: this.sent,
    };
    const result = await applyLoad(order, this.plan.isFree ? undefined : loadCore);
    this.sent += result.requests;
    return result;
  }
}
