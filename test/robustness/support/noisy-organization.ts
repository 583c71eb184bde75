import { createClient, createOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient } from '../../support/server.js';
import { formMediaType } from '../../support/token-requests.js';
import type { FloodedServer } from './flooded-server.js';

const secondsOfQuota = 60;
const timesItsQuota = 100;
const address = '198.51.100.9';

/** A client of an organization that asks for 100 times the tokens that its quota allows. */
export class NoisyOrganization {
  private constructor(
    private readonly server: FloodedServer,
    private readonly client: TestClient,
    private readonly tokensPerSecond: number,
  ) {}

  static async create(server: FloodedServer, tokensPerSecond: number): Promise<NoisyOrganization> {
    const tokenQuota = { tokens: tokensPerSecond * secondsOfQuota, seconds: secondsOfQuota };
    const { customerId, token } = await createOrganization(server.here, { settings: { tokenQuota } });
    return new NoisyOrganization(server, await createClient(server.here, customerId, token), tokensPerSecond);
  }

  /** Asks once. */
  ask(): Promise<Answer> {
    return this.server.request('POST', '/oauth/token', {
      basic: [this.client.clientId, this.client.secret],
      form: { grant_type: 'client_credentials' },
      headers: { 'x-forwarded-for': address },
    });
  }

  /** Asks on and on from a process of its own. */
  makeNoise(signal: AbortSignal): Promise<void> {
    const { clientId, secret } = this.client;
    return this.server.bombard(
      {
        path: '/oauth/token',
        headers: { 'content-type': formMediaType, 'x-forwarded-for': address },
        body: `grant_type=client_credentials&client_id=${clientId}&client_secret=${secret}`,
        rate: this.tokensPerSecond * timesItsQuota,
      },
      signal,
    );
  }
}

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
