import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { apiKey, bearer, clientBasic, clientCredentials } from './security-schemes.js';

/** The surfaces in the order of the documentation. */
const tags: readonly (readonly [name: string, description: string])[] = [
  ['OAuth', 'Tokens: issue, introspect, revoke, and the keys that verify them.'],
  ['Customers', 'The native admin API: organizations, their tenants and their roles.'],
  ['Clients', 'The native admin API: the clients of a customer.'],
  ['Credentials', 'The native admin API: the secrets of a client, several at a time.'],
  ['Webhooks', 'The native admin API: where events of a customer are delivered, and what became of them.'],
  ['Signing keys', 'The native admin API: the keys that sign tokens, for the operator.'],
  ['OAuth clients', 'Clients of the caller’s organization.'],
  ['Setup clients', 'Named authorization server configurations and their clients.'],
  ['Platform client credentials', 'Credentials and tokens of the caller’s platform.'],
  ['Client credentials v0', 'Client id and secret pairs.'],
  ['Audit', 'Who did what, when.'],
  ['Operation', 'Probes and metrics.'],
];

/** Describes every route of the application (OpenAPI 3.1). It names no address, so that it is right wherever it is read. */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Clientele')
    .setDescription('The authorization server for your customers’ machines.')
    .setVersion('1')
    .addServer('/', 'This server')
    .addOAuth2(
      {
        type: 'oauth2',
        description: 'An access token for the client that logs in with its id and secret (RFC 6749 §4.4).',
        flows: { clientCredentials: { tokenUrl: '/oauth/token', scopes: {} } },
      },
      clientCredentials,
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, bearer)
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'Client id and secret.' }, clientBasic)
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same access token, bare.' },
      apiKey,
    );
  for (const [name, description] of tags) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  const operations = operationsOf(document);
  // Said expressly, so that nobody takes a public operation for one whose security was forgotten.
  for (const operation of operations) operation.security ??= [];
  const used = new Set(operations.flatMap((operation) => operation.tags ?? []));
  const { openapi, info, servers, paths, components, tags: known = [], ...rest } = document;
  const { contact: _, ...ownInfo } = info;
  const usedTags = known.filter(({ name }) => used.has(name));
  return { openapi, info: ownInfo, servers, tags: usedTags, paths, components, ...rest };
}

interface Operation {
  tags?: string[];
  security?: object[];
}

function operationsOf({ paths }: OpenAPIObject): Operation[] {
  return Object.values(paths).flatMap((path) => Object.values(path as Record<string, Operation>));
}
