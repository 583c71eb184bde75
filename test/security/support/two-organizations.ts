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
  const webhook = await server.request('POST', `${base}/webhooks`, {
    token,
    json: { url: 'http://127.0.0.1:9/', enabled: false, description: mark },
  });
  const enrolment = await server.request('POST', `${base}/clients/${client.clientId}/enrolments`, { token });
  const names = [
    ['customerid', customerId],
    ['tenantid', tenantId],
    ['rolename', roleName],
    ['clientid', client.clientId],
    ['credentialid', credential.body.credentialId],
    ['webhookid', webhook.body.webhookId],
    ['enrolmentid', enrolment.body.enrolmentId],
  ] as const;
  const knowledge = new Knowledge(new Map(names));
  await knowledge.learn(server, api, token, (body) => marked(body, mark));
  await knowledge.visitLists(server, api, token);
  return { ...organization, mark, knowledge };
}

/** Sends the request that the document shows for the operation, about the organization's own things. */
export function askAbout(
  server: TestServer,
  operation: Operation,
  about: MarkedOrganization,
  token: string,
): Promise<Answer> {
  const { method, path, requestBody } = operation;
  const [mediaType, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const [example] = content ? examplesOf(content) : [];
  const sent = example ?? (mediaType?.includes('patch') ? [] : {});
  const fitting = Array.isArray(sent)
    ? sent.map((each) => fit(each, operation, about)).slice(0, 1)
    : fit(sent, operation, about);
  const body = mediaType && { headers: { 'content-type': mediaType }, body: JSON.stringify(fitting) };
  return server.request(method, about.knowledge.fillPath(path), { token, ...body });
}

/** The example of a client with an id that is free or the one that is meant, and no roles, which would have to exist. */
function fit(body: unknown, { method }: Operation, { knowledge }: MarkedOrganization): unknown {
  if (!isNamed(body)) return body;
  const clientId = method === 'POST' ? uniqueName('client') : knowledge.lookUp('clientId');
  return { ...body, clientId, ...('clientPermissions' in body && { clientPermissions: { roles: {} } }) };
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
