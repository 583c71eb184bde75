import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createClient, createOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient } from '../../support/server.js';
import type { FloodedServer } from './flooded-server.js';

const generator = fileURLToPath(new URL('paced-load.js', import.meta.url));
const secondsOfQuota = 60;
const timesItsQuota = 100;
const address = '198.51.100.9';

/** A client of an organization that asks for 100 times the tokens that its quota allows, from a process of its own. */
export class NoisyOrganization {
  private constructor(
    private readonly server: FloodedServer,
    private readonly client: TestClient,
    private readonly load: ChildProcess,
  ) {}

  static async create(server: FloodedServer, tokensPerSecond: number): Promise<NoisyOrganization> {
    const tokenQuota = { tokens: tokensPerSecond * secondsOfQuota, seconds: secondsOfQuota };
    const { customerId, token } = await createOrganization(server.here, { settings: { tokenQuota } });
    const client = await createClient(server.here, customerId, token);
    const form = `grant_type=client_credentials&client_id=${client.clientId}&client_secret=${client.secret}`;
    const load = fork(generator, [
      `${server.url}/oauth/token`,
      `${tokensPerSecond * timesItsQuota}`,
      address,
      form,
    ]);
    return new NoisyOrganization(server, client, load);
  }

  /** Asks once. */
  ask(): Promise<Answer> {
    return this.server.request('POST', '/oauth/token', {
      basic: [this.client.clientId, this.client.secret],
      form: { grant_type: 'client_credentials' },
      headers: { 'x-forwarded-for': address },
    });
  }

  /** Asks on and on. */
  async makeNoise(signal: AbortSignal): Promise<void> {
    this.load.send(true);
    await once(signal, 'abort');
    this.load.send(false);
  }

  async stop(): Promise<void> {
    const exited = once(this.load, 'exit');
    this.load.disconnect();
    await exited;
  }
}
