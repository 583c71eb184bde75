import { createClient, createOrganization, uniqueName } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestClient, TestServer } from '../../support/server.js';
import { plantedSecret } from './hostile-values.js';
import { type ApiDescription, examplesOf } from './operations.js';

/** Things that exist, for requests to be about. */
export interface World {
  readonly administrator: { readonly client: TestClient; readonly token: string };
  readonly stranger: { readonly client: TestClient; readonly token: string };
  readonly operatorToken: string;
  /** Something that goes by that name: `clientId`; anything that has a name when nothing does. */
  lookUp(name: string): string;
  /** Whether what requests need is still there: they delete, disable and revoke as well. */
  isWhole(): Promise<boolean>;
}

/** Makes an organization with everything that the native API knows, and what the other surfaces make by example. */
export async function createWorld(server: TestServer, api: ApiDescription): Promise<World> {
  const [own, other] = [await createOrganization(server), await createOrganization(server)];
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
  const keys = await mustSucceed(server.request('GET', '/.well-known/jwks.json'));
  const names = new Map<string, string>([
    ['customerid', customerId],
    ['tenantid', 'tenant1'],
    ['rolename', roleName],
    ['clientid', client.clientId],
    ['credentialid', credential.body.credentialId],
    ['kid', keys.body.keys[0].kid],
    ['secret', plantedSecret],
    ['token', await server.token(client)],
  ]);
  await learnFromExamples(server, api, token, names);
  const everything = [...names.values()].filter((value) => value !== plantedSecret);
  let turn = 0;
  return {
    administrator: { client: own.admin, token },
    stranger: { client: other.admin, token: other.token },
    operatorToken: await server.operatorToken(),
    lookUp: (name) => names.get(keyOf(name)) ?? (everything[turn++ % everything.length] as string),
    isWhole: async () => {
      const { status } = await server.request('GET', `${base}/clients/${client.clientId}`, { token });
      return status === 200;
    },
  };
}

/** Sends the documented examples of what the other surfaces create, and remembers by name what they answer. */
async function learnFromExamples(
  server: TestServer,
  api: ApiDescription,
  token: string,
  names: Map<string, string>,
): Promise<void> {
  for (const { method, path, requestBody } of api.operations) {
    const content = requestBody?.content['application/json'];
    if (method !== 'POST' || !content || path.startsWith('/oauth/') || path.includes('{')) continue;
    for (const json of examplesOf(content).slice(0, 1)) {
      const { status, body } = await server.request('POST', path, { token, json });
      if (status < 300) remember(body, names);
    }
  }
}

function remember(answer: unknown, names: Map<string, string>): void {
  for (const [name, value] of Object.entries(answer ?? {})) {
    if (typeof value === 'object') remember(value, names);
    else if (typeof value === 'string' && /(id|name|key)$/i.test(name) && !names.has(keyOf(name)))
      names.set(keyOf(name), value);
  }
}

/** The surfaces spell the same name in several ways. */
function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

async function mustSucceed(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  if (answer.status >= 300) throw new Error(`The world could not be made: ${answer.status} ${answer.text}`);
  return answer;
}
