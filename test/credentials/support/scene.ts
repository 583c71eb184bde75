import assert from 'node:assert/strict';
import { assertError, nativeApi } from '../../customers/support/native-api.js';
import { createClient, createOrganization, type TestOrganization } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';

/** A client whose credentials a test is about. */
export interface Scene {
  readonly organization: TestOrganization;
  readonly client: TestClient;
  /** The credential that the client was created with. */
  readonly firstId: string;
  /** Requests below `…/credentials`, by an operator whose token is renewed as the clock moves. */
  api(method: string, path?: string, options?: RequestOptions): Promise<Answer>;
  /** As `api`, of a request that must succeed. @returns the body */
  // biome-ignore lint/suspicious/noExplicitAny: as the body of an Answer
  succeed(method: string, path?: string, json?: object): Promise<any>;
  /** Asks for a token with that secret. */
  ask(secret: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  works(secret: string): Promise<boolean>;
  statusOf(credentialId: string): Promise<string>;
  /** The actions that the audit log has of a credential, the oldest first. */
  auditOf(credentialId: string): Promise<string[]>;
}

/** A new client of a new customer. @param settings of the customer */
export async function sceneAt(server: TestServer, settings: object = {}): Promise<Scene> {
  const organization = await createOrganization(server, { settings });
  const client = await createClient(server, organization.customerId, organization.token);
  const request = nativeApi(server, organization);
  const path = `/clients/${client.clientId}/credentials`;
  const api: Scene['api'] = async (method, below = '', options = {}) => {
    const answer = await request(method, path + below, options);
    if (answer.status !== 401 || options.token) return answer;
    return request(method, path + below, { token: await server.token(organization.admin), ...options });
  };
  const ask: Scene['ask'] = (secret, headers = {}) =>
    server.request('POST', '/oauth/token', {
      basic: [client.clientId, secret],
      form: { grant_type: 'client_credentials' },
      headers,
    });
  const [first] = (await api('GET')).body;
  return {
    organization,
    client,
    firstId: first.credentialId,
    api,
    async succeed(method, below, json) {
      const answer = await api(method, below, json === undefined ? {} : { json });
      assert.ok(answer.status < 300, answer.text);
      return answer.body;
    },
    ask,
    works: async (secret) => (await ask(secret)).status === 200,
    statusOf: async (credentialId) => (await api('GET', `/${credentialId}`)).body.status,
    async auditOf(credentialId) {
      const rows = await server.database.query<{ action: string }>(
        'select action from audit_event where target_id = $1 order by sequence',
        [credentialId],
      );
      return rows.map(({ action }) => action);
    },
  };
}

/** Asserts a conflict whose message matches. */
export function assertConflict(answer: Answer, message: RegExp): void {
  assertError(answer, 409, message);
}
