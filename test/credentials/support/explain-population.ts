import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { Clock } from '#libs/common';
import { clientBody, uniqueName } from '../../support/fixtures.js';
import type { TestServer } from '../../support/server.js';

/** A credential of the population; whether it still works is for the server to say. */
export interface Member {
  readonly customerId: string;
  readonly clientId: string;
  readonly credentials: readonly { readonly id: string; readonly secret: string }[];
}

/** The time of a server that passes when a test says so alone. */
export class FrozenTime {
  private nowMs = Date.now();

  constructor(server: TestServer) {
    server.app.get(Clock, { strict: false }).nowMs = () => this.nowMs;
  }

  pass(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  in(seconds: number): string {
    return new Date(this.nowMs + seconds * 1000).toISOString();
  }
}

const lists = [
  undefined,
  undefined,
  undefined,
  undefined,
  { networks: ['192.0.2.0/24', '2001:db8::/32'] },
  { networks: ['10.0.0.0/8', '198.51.100.7'] },
  { mode: 'shadow', networks: ['203.0.113.0/24'] },
  { networks: ['0.0.0.0/0', '::/0'] },
];

const organizations = [
  {},
  {
    settings: { accessTokenTtlSeconds: 600, maxAccessTokenTtlSeconds: 1200, accessTokenSigningAlg: 'EdDSA' },
  },
  { settings: { clientTokenQuota: { tokens: 2, seconds: 600 } } },
  { settings: { clientTokenQuota: { tokens: 2, seconds: 3600, mode: 'shadow' } } },
  { multitokenConfig: { clientCredentialsMultiTokenConfig: null } },
  { multitokenConfig: { clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed: 3 } } },
];

/** What becomes of a credential after it is made. */
const fates = ['stays', 'stays', 'expires', 'revoked', 'rotated', 'rotatedAtOnce', 'quiet'] as const;

/** One of them. */
function oneOf<T>(choices: readonly T[]): T {
  return choices[randomInt(choices.length)] as T;
}

/** Makes organizations, clients and credentials of every kind and in every state over the API. */
export class Population {
  readonly members: Member[] = [];
  private token = '';

  constructor(
    private readonly server: TestServer,
    private readonly time: FrozenTime,
  ) {}

  /** Sends a request as the operator, whose token is renewed as time passes. @returns the answer's body */
  // biome-ignore lint/suspicious/noExplicitAny: as the body of an Answer
  async call(method: string, path: string, json?: object): Promise<any> {
    const send = () =>
      this.server.request(method, path, { token: this.token, ...(json !== undefined && { json }) });
    let answer = await send();
    if (answer.status === 401) {
      this.token = await this.server.token(this.server.operator);
      answer = await send();
    }
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.body;
  }

  /**
   * @param rounds how many organizations of every kind, the first of each without allowed networks
   * @param clientsEach of an organization
   */
  async settle(rounds: number, clientsEach: number): Promise<void> {
    for (let round = 0; round < rounds; round++)
      for (const kind of organizations)
        await this.found(kind, round === 0 ? undefined : lists[3 + round], clientsEach);
    await this.found({ isDisabled: true }, undefined, 1);
  }

  private async found(
    { isDisabled, settings, ...more }: { isDisabled?: boolean; settings?: object },
    allowedNetworks: object | undefined,
    clients: number,
  ): Promise<void> {
    const customerId = uniqueName('ORG').toUpperCase();
    const body = { ...more, settings: { ...settings, ...(allowedNetworks && { allowedNetworks }) } };
    await this.call('POST', '/oauth/customers', { id: customerId, ...body });
    for (let index = 0; index < clients; index++) await this.addClient(customerId);
    if (isDisabled) await this.call('PUT', `/oauth/customers/${customerId}`, { ...body, enabled: false });
  }

  private async addClient(customerId: string): Promise<void> {
    const clientId = uniqueName('client');
    const body = clientBody({
      clientId,
      authorizedGrantTypes: oneOf([
        ['client_credentials'],
        ['client_credentials'],
        ['client_credentials'],
        ['authorization_code'],
      ]),
      clientAuthenticationMethods: oneOf([
        ['client_secret_basic', 'client_secret_post'],
        ['client_secret_basic', 'client_secret_post'],
        ['client_secret_basic', 'client_secret_post'],
        ['client_secret_basic'],
        ['client_secret_post'],
      ]),
      scope: oneOf([[], ['read'], ['read', 'write']]),
      resourceIds: oneOf([[], ['https://a.example'], ['https://a.example', 'https://b.example']]),
      accessTokenValidity: oneOf([null, 30, 900]),
      allowedNetworks: oneOf(lists) ?? null,
    });
    const path = `/oauth/customers/${customerId}/clients`;
    const [created] = await this.call('POST', path, [body]);
    const below = `${path}/${clientId}/credentials`;
    const [first] = await this.call('GET', below);
    const credentials = [{ id: first.credentialId as string, secret: created.clientSecret as string }];
    for (let count = randomInt(3); count > 0; count--) credentials.push(...(await this.addCredential(below)));
    if (randomInt(5) === 0) await this.call('PUT', `${path}/${clientId}`, { ...body, enabled: false });
    this.members.push({ customerId, clientId, credentials });
  }

  private async addCredential(below: string): Promise<{ id: string; secret: string }[]> {
    const fate = oneOf(fates);
    const made = await this.call('POST', below, {
      allowedNetworks: oneOf(lists) ?? null,
      ...(fate === 'expires' && { expiresAt: this.time.in(60 + randomInt(4_000)) }),
    });
    const all = [{ id: made.credentialId, secret: made.clientSecret }];
    if (fate === 'revoked') await this.call('POST', `${below}/${made.credentialId}/revoke`);
    const overlaps = {
      rotated: { overlapSeconds: randomInt(4_000) },
      rotatedAtOnce: { overlapSeconds: 0 },
      quiet: { retireAfterQuietSeconds: 600 },
    };
    if (fate !== 'rotated' && fate !== 'rotatedAtOnce' && fate !== 'quiet') return all;
    const next = await this.call('POST', `${below}/${made.credentialId}/rotate`, overlaps[fate]);
    return [...all, { id: next.credentialId, secret: next.clientSecret }];
  }
}
