import { clientBody, type TestOrganization } from '../../support/fixtures.js';
import type { ServerProcess } from '../../support/server-process.js';

/** Creates, reads, uses and deletes clients, one request after the other in a few lanes, until it is told to end. */
export class Traffic {
  readonly failures: string[] = [];
  tokens = 0;
  mutations = 0;
  slowestMs = 0;
  private isEnding = false;

  constructor(
    private readonly server: ServerProcess,
    private readonly organization: TestOrganization,
  ) {}

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: 3 }, () => this.lane()));
  }

  end(): void {
    this.isEnding = true;
  }

  private async lane(): Promise<void> {
    const { token, customerId } = this.organization;
    const path = `/oauth/customers/${customerId}/clients`;
    while (!this.isEnding) {
      const body = clientBody();
      const clientId = body['clientId'] as string;
      const created = await this.ask('POST', path, { token, json: [body] });
      const form = { grant_type: 'client_credentials' };
      await this.ask('POST', '/oauth/token', { basic: [clientId, created?.[0]?.clientSecret ?? ''], form });
      const [credential] = (await this.ask('GET', `${path}/${clientId}/credentials`, { token })) ?? [];
      const rotate = `${path}/${clientId}/credentials/${credential?.credentialId}/rotate`;
      await this.ask('POST', rotate, { token, json: {} });
      await this.ask('DELETE', `${path}/${clientId}`, { token });
      this.tokens++;
      this.mutations += 3;
    }
  }

  private async ask(...[method, path, options]: Parameters<ServerProcess['request']>) {
    const startedAt = performance.now();
    const { status, text, body } = await this.server.request(method, path, options);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startedAt);
    if (status < 300) return body;
    this.failures.push(`${method} ${path}: ${status} ${text}`);
    return undefined;
  }
}
