import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { cpuSecondsOf, end, isPinned, messageOf, startOn } from './process.js';

const serverCore = 0;
const loadCore = 1;
const connections = 32;
const warmUpSeconds = 2;
const roundSeconds = 4;

/** What one round of load on one server came to. */
interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the server, per thousand tokens. */
  readonly cpuSeconds: number;
}

interface Contestant {
  readonly name: string;
  readonly child: ChildProcess;
  readonly url: string;
  readonly body: string;
  readonly rounds: Round[];
}

interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

/**
 * Measures `POST /oauth/token` beside a bare node:http server that reads, checks and signs the same, in alternating
 * rounds. Only the ratio counts: absolute figures drift with the machine.
 *
 * @param rounds of each server
 */
export async function benchToken(rounds: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'clientele-bench-'));
  const contestants = [await startBare(), await startOurs(join(directory, 'data'))];
  try {
    console.log(
      `${connections} connections, ${rounds} rounds of ${roundSeconds} s each, ${describePinning()}`,
    );
    for (const contestant of contestants) await load(contestant, warmUpSeconds);
    for (let round = 1; round <= rounds; round++) {
      for (const contestant of contestants) {
        contestant.rounds.push(await measure(contestant));
        process.stderr.write(`round ${round} of ${rounds}: ${contestant.name}\n`);
      }
    }
    await mustAnswerVerifiableTokens(contestants[1] as Contestant);
    report(contestants);
  } finally {
    for (const { child } of contestants) await end(child);
    await rm(directory, { recursive: true, force: true });
  }
}

async function startBare(): Promise<Contestant> {
  const child = startOn(serverCore, './servers/bare.js', ['bench-client', 'bench-secret-bench-secret']);
  const { port } = await messageOf<{ port: number }>(child);
  return contestant('bare node:http', child, port, 'bench-secret-bench-secret');
}

async function startOurs(dataDir: string): Promise<Contestant> {
  const child = startOn(serverCore, './servers/ours.js', ['bench-client', 'generated', dataDir]);
  const { port, secret } = await messageOf<{ port: number; secret: string }>(child);
  return contestant('clientele', child, port, secret);
}

function contestant(name: string, child: ChildProcess, port: number, secret: string): Contestant {
  const form = { grant_type: 'client_credentials', client_id: 'bench-client', client_secret: secret };
  const body = new URLSearchParams(form).toString();
  return { name, child, url: `http://127.0.0.1:${port}/oauth/token`, body, rounds: [] };
}

async function load({ url, body }: Contestant, seconds: number): Promise<LoadResult> {
  const order = JSON.stringify({ url, body, connections, seconds });
  const generator = startOn(loadCore, './load.js', [order]);
  const result = await messageOf<LoadResult>(generator);
  generator.disconnect();
  return result;
}

async function measure(contestant: Contestant): Promise<Round> {
  const before = cpuSecondsOf(contestant.child);
  const { requests, seconds, p50, p99, failures } = await load(contestant, roundSeconds);
  if (failures > 0 || requests === 0)
    throw new Error(`${contestant.name} failed ${failures} of ${requests} requests.`);
  const cpuSeconds = ((cpuSecondsOf(contestant.child) - before) / requests) * 1000;
  return { perSecond: requests / seconds, p50, p99, cpuSeconds };
}

/** A fast answer that is wrong is worth nothing. */
async function mustAnswerVerifiableTokens({ url, body }: Contestant): Promise<void> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = (await (await fetch(url, { method: 'POST', headers, body })).json()) as {
    access_token: string;
  };
  const keys = await (await fetch(new URL('/.well-known/jwks.json', url))).json();
  await jwtVerify(answer.access_token, createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0]), {
    typ: 'at+jwt',
  });
}

function report([bare, ours]: readonly Contestant[]): void {
  if (!bare || !ours) return;
  const rows = [bare, ours].map(({ name, rounds }) => ({
    server: name,
    'requests/s': Math.round(median(rounds.map((round) => round.perSecond))),
    'p50 ms': median(rounds.map((round) => round.p50)),
    'p99 ms': median(rounds.map((round) => round.p99)),
    'CPU s per 1,000 tokens': Number(median(rounds.map((round) => round.cpuSeconds)).toFixed(4)),
  }));
  console.table(rows);
  const pairs = bare.rounds.map((round, index) => [round, ours.rounds[index] as Round] as const);
  const speed = pairs.map(([floor, own]) => own.perSecond / floor.perSecond);
  const cost = pairs.map(([floor, own]) => floor.cpuSeconds / own.cpuSeconds);
  console.log(`ratio to bare, pair by pair: requests/s ${spread(speed)}, CPU ${spread(cost)}`);
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function describePinning(): string {
  if (!isPinned()) return 'not pinned: taskset (util-linux) is missing';
  return `server on core ${serverCore}, load on core ${loadCore}`;
}
