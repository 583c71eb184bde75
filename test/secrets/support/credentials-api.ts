import { Clock } from '#libs/common';
import { createClient, type TestOrganization } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';

/** A client with the API of its credentials, as its administrator uses it. */
export class ClientCredentials {
  private constructor(
    private readonly server: TestServer,
    private readonly token: string,
    private readonly path: string,
    readonly client: TestClient,
  ) {}

  static async ofNewClient(
    server: TestServer,
    { customerId, token }: TestOrganization,
    overrides: Readonly<Record<string, unknown>> = {},
  ): Promise<ClientCredentials> {
    const client = await createClient(server, customerId, token, overrides);
    const path = `/oauth/customers/${customerId}/clients/${client.clientId}/credentials`;
    return new ClientCredentials(server, token, path, client);
  }

  list(): Promise<Answer> {
    return this.server.request('GET', this.path, { token: this.token });
  }

  /** The id of the credential that the client was created with. */
  async firstId(): Promise<string> {
    return (await this.list()).body[0].credentialId;
  }

  get(credentialId: string): Promise<Answer> {
    return this.server.request('GET', `${this.path}/${credentialId}`, { token: this.token });
  }

  issue(json: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.server.request('POST', this.path, { token: this.token, json, headers });
  }

  patch(credentialId: string, json: object): Promise<Answer> {
    return this.server.request('PATCH', `${this.path}/${credentialId}`, { token: this.token, json });
  }

  rotate(
    credentialId: string,
    json: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const path = `${this.path}/${credentialId}/rotate`;
    return this.server.request('POST', path, { token: this.token, json, headers });
  }

  revoke(credentialId: string): Promise<Answer> {
    return this.server.request('POST', `${this.path}/${credentialId}/revoke`, { token: this.token });
  }

  /** The status of a token request with the secret; that of the client's creation when none is given. */
  async statusOf(secret = this.client.secret, at = this.server): Promise<number> {
    const { status } = await at.request('POST', '/oauth/token', {
      basic: [this.client.clientId, secret],
      form: { grant_type: 'client_credentials' },
    });
    return status;
  }

  /** How many of its credentials still open the door. */
  async liveCount(): Promise<number> {
    const { body } = await this.list();
    return body.filter(({ status }: { status: string }) => ['active', 'retiring'].includes(status)).length;
  }
}

/** Moves the server's clock to a moment ahead. */
export function reach(server: TestServer, moment: string | number): void {
  const targetMs = typeof moment === 'string' ? Date.parse(moment) : moment;
  server.advanceClock((targetMs - server.app.get(Clock, { strict: false }).nowMs()) / 1000);
}
