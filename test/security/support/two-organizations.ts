import { Knowledge } from '../../robustness/support/knowledge.js';
import { type ApiDescription, examplesOf, type Operation } from '../../robustness/support/operations.js';
import {
  createClient,
  createOrganization,
  type TestOrganization,
  uniqueName,
} from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import type { TestServer } from '../../support/server.js';

/** An organization with something of everything, all of which bears its mark. */
export interface MarkedOrganization extends TestOrganization {
  /** Stands in names and descriptions of what it owns, and nowhere else. */
  readonly mark: string;
  readonly knowledge: Knowledge;
}

/** Makes an organization with something on every surface. */
export async function createMarked(server: TestServer, api: ApiDescription): Promise<MarkedOrganization> {
  const mark = uniqueName('mark');
  const settings = { adminRateLimit: { requests: 1_000_000, seconds: 1 } };
  const tenantId = `tenant-${mark}`;
  const organization = await createOrganization(server, { settings, description: mark, tenants: [tenantId] });
  const { token, customerId } = organization;
  const base = `/oauth/customers/${customerId}`;
  const client = await createClient(server, customerId, token, { clientName: mark, clientDescription: mark });
  const roleName = `ROLE_${mark.toUpperCase()}`;
  await server.request('POST', `${base}/roles/permissions`, {
    token,
    json: { roleName, servicePermissions: [] },
  });
  const credential = await server.request('POST', `${base}/clients/${client.clientId}/credentials`, {
    token,
    json: { name: mark },
  });
  const names = [
    ['customerid', customerId],
    ['tenantid', tenantId],
    ['rolename', roleName],
    ['clientid', client.clientId],
    ['credentialid', credential.body.credentialId],
  ] as const;
  const knowledge = new Knowledge(new Map(names));
  await knowledge.learn(server, api, token, (body) => marked(body, mark));
  await knowledge.visitLists(server, api, token);
  return { ...organization, mark, knowledge };
}

/** Sends the request that the document shows for the operation, about the organization's own things. */
export function askAbout(
  server: TestServer,
  { method, path, requestBody }: Operation,
  about: MarkedOrganization,
  token: string,
): Promise<Answer> {
  const [mediaType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const [example] = content ? examplesOf(content) : [];
  const sent = example ?? (mediaType?.includes('patch') ? [] : {});
  // A body that repeats an id of the path has to agree with it.
  const agreeing =
    path.includes('{clientId}') && isNamed(sent)
      ? { ...sent, clientId: about.knowledge.lookUp('clientId') }
      : sent;
  const body = mediaType && { headers: { 'content-type': mediaType }, body: JSON.stringify(agreeing) };
  return server.request(method, about.knowledge.fillPath(path), { token, ...body });
}

function isNamed(body: unknown): body is { clientId: string } {
  return typeof body === 'object' && body !== null && 'clientId' in body;
}

/** The body with the mark in every name that it gives. */
function marked(body: unknown, mark: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const names = Object.keys(body).filter((key) => /^(name|description|comment)$/i.test(key));
  return { ...body, ...Object.fromEntries(names.map((name) => [name, mark])) };
}
