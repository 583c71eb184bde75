import { createClient, createOrganization, uniqueName } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';
import { plantedSecret } from './hostile-values.js';
import { Knowledge } from './knowledge.js';
import type { ApiDescription } from './operations.js';

/** Things that exist, for requests to be about. */
export interface World {
  readonly administrator: { readonly client: TestClient; readonly token: string };
  readonly stranger: { readonly client: TestClient; readonly token: string };
  readonly operatorToken: string;
  readonly knowledge: Knowledge;
  /** Whether the clients that requests need are still there: they delete, disable and revoke as well. */
  isWhole(): Promise<boolean>;
}

/** Makes an organization with everything that the native API knows, and what the other surfaces make by example. */
export async function createWorld(server: TestServer, api: ApiDescription): Promise<World> {
  // Or the later requests would all be answered 429.
  const unlimited = { settings: { adminRateLimit: { requests: 1_000_000, seconds: 1 } } };
  const own = await createOrganization(server, unlimited);
  const other = await createOrganization(server, unlimited);
  const { token, customerId } = own;
  const base = `/oauth/customers/${customerId}`;
  const client = await createClient(server, customerId, token);
  const roleName = uniqueName('ROLE_').toUpperCase();
  await mustSucceed(
    server.request('POST', `${base}/roles/permissions`, {
      token,
      json: { roleName, servicePermissions: [] },
    }),
  );
  const credential = await mustSucceed(
    server.request('POST', `${base}/clients/${client.clientId}/credentials`, { token, json: {} }),
  );
  const enrolment = await mustSucceed(
    server.request('POST', `${base}/clients/${client.clientId}/enrolments`, { token, json: {} }),
  );
  const keys = await mustSucceed(server.request('GET', '/.well-known/jwks.json'));
  const names = new Map<string, string>([
    ['customerid', customerId],
    ['tenantid', 'tenant1'],
    ['rolename', roleName],
    ['clientid', client.clientId],
    ['credentialid', credential.body.credentialId],
    ['enrolmentid', enrolment.body.enrolmentId],
    ['kid', keys.body.keys[0].kid],
    ['secret', plantedSecret],
    ['token', await server.token(client)],
  ]);
  const knowledge = new Knowledge(names);
  await knowledge.learn(server, api, token);
  for (const each of [other.token, await server.operatorToken()])
    await knowledge.visitLists(server, api, each);
  return {
    administrator: { client: own.admin, token },
    stranger: { client: other.admin, token: other.token },
    operatorToken: await server.operatorToken(),
    knowledge,
    isWhole: async () => {
      const { status } = await server.request('GET', `${base}/clients/${client.clientId}`, { token });
      return status === 200;
    },
  };
}

async function mustSucceed(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  if (answer.status >= 300) throw new Error(`The world could not be made: ${answer.status} ${answer.text}`);
  return answer;
}
