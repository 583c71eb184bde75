import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { populatedClient } from '#test/support/population';
import { formHeaders, formOf } from '../cases/forms.js';

const atOnce = 4;
const readsOfRound = 50;

/** Asks for a token with each body, a few at a time. @returns the latencies, milliseconds @throws Error for a refusal */
export async function askOneByOne(origin: string, bodies: readonly string[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const latencies: number[] = [];
  const waiting = bodies.values();
  const work = async () => {
    for (const body of waiting)
      latencies.push(await ask(agent, 'POST', `${origin}/oauth/token`, formHeaders, body));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  agent.destroy();
  return latencies;
}

/**
 * By `node:http`, which has less of a share in the latency than `fetch`.
 *
 * @returns how long it took, milliseconds @throws Error when it does not succeed
 */
async function ask(
  agent: Agent,
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<number> {
  const startedAt = performance.now();
  const sent = request(url, { method, headers, agent });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const answered = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`${method} ${url}: ${answer.statusCode} ${answered}`);
  return performance.now() - startedAt;
}

/** @param share 0.99 is the 99th percentile */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return Number(value.toFixed(2));
}

const reads = {
  listMs: '/clients?limit=50',
  getMs: `/clients/${populatedClient(1).clientId}`,
  searchMs: '/audit?action=client.created&limit=50',
};

/** An operator at the native API, about the first populated customer. */
export class Operator {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly latencies: Record<string, number[]> = { listMs: [], getMs: [], searchMs: [] };

  private constructor(
    readonly origin: string,
    private readonly token: string,
  ) {}

  static async at(origin: string): Promise<Operator> {
    const client = { client_id: 'operator', client_secret: 'operator-secret-of-the-benchmark' };
    const body = formOf({ grant_type: 'client_credentials', ...client });
    const answer = await fetch(`${origin}/oauth/token`, { method: 'POST', headers: formHeaders, body });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return new Operator(origin, token);
  }

  /** @returns how long it took, milliseconds @throws Error when it does not succeed */
  async send(method: string, path: string, json?: unknown): Promise<number> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const url = `${this.origin}/oauth/customers/POPULATED_1${path}`;
    return ask(this.agent, method, url, headers, json === undefined ? undefined : JSON.stringify(json));
  }

  /** One round of what an administrator looks at. */
  async read(): Promise<void> {
    for (let left = readsOfRound; left > 0; left--)
      for (const [name, path] of Object.entries(reads))
        this.latencies[name]?.push(await this.send('GET', path));
  }

  /** Of all rounds. */
  medians(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.latencies).map(([name, values]) => [name, percentile(values, 0.5)]),
    );
  }
}
