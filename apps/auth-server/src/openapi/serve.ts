import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { definitions, partOf } from './definitions.js';
import { buildOpenApiDocument } from './document.js';

/**
 * What the page may load: only itself. Without `upgrade-insecure-requests`, which would blank it on every address
 * that is served over plain HTTP; inline styles are Swagger UI's own.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/**
 * Serves the OpenAPI document at `/openapi.json`, the part of each surface at `/openapi/<name>.json`, and Swagger UI
 * with a menu of them at `/docs`; all are public.
 */
export function serveOpenApi(app: NestFastifyApplication): void {
  let document: OpenAPIObject | undefined;
  const factory = () => (document ??= buildOpenApiDocument(app));
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (options) => {
    if (!options.url.startsWith('/docs')) return;
    options.onSend = (_request, reply, _payload, done) => {
      reply.header('Content-Security-Policy', contentSecurityPolicy);
      done();
    };
  });
  for (const definition of definitions) {
    fastify.get(`/openapi/${definition.name}.json`, (_request, reply) =>
      reply.send(partOf(factory(), definition)),
    );
  }
  SwaggerModule.setup('docs', app, factory, {
    explorer: true,
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Clientele API',
    swaggerOptions: {
      urls: [
        ...definitions.map(({ name, title }) => ({ url: `/openapi/${name}.json`, name: title })),
        { url: '/openapi.json', name: 'Everything' },
      ],
      persistAuthorization: false,
      displayRequestDuration: true,
      displayOperationId: false,
      docExpansion: 'none',
      tagsSorter: undefined,
      // Reports the document to swagger.io otherwise.
      validatorUrl: null,
    },
  });
}
