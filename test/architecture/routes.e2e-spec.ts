import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  GUARDS_METADATA,
  HEADERS_METADATA,
  INTERCEPTORS_METADATA,
  METHOD_METADATA,
} from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { directKey } from '#app/http/direct/direct-route';
import { type AccessRule, accessRuleKey } from '#app/security/access-rule';
import { startServer, type TestServer } from '../support/server.js';

interface DeclaredRoute {
  readonly name: string;
  readonly rule: AccessRule | undefined;
  /** The metadata of the handler, or else of its controller. */
  metadata(key: string): unknown;
}

describe('every route', () => {
  let server: TestServer;
  let routes: DeclaredRoute[];
  before(async () => {
    server = await startServer();
    routes = declaredRoutes(server);
  });
  after(() => server.close());

  it('is found by this test', () => {
    assert.ok(routes.length > 10, `only ${routes.length} routes were found`);
  });

  it('declares who may call it', () => {
    const undeclared = routes.filter(({ rule }) => !rule).map(({ name }) => name);
    assert.deepEqual(undeclared, []);
  });

  it('answers 401 without a token unless it is declared public', async () => {
    const { body: document } = await server.request('GET', '/openapi.json');
    for (const [path, operations] of Object.entries<Record<string, object>>(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if ('x-public' in operation) continue;
        const answer = await server.request(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'));
        assert.equal(answer.status, 401, `${method} ${path}`);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
      }
    }
  });

  it('is public and asks nothing of the pipeline, where Fastify calls the handler itself', () => {
    const direct = routes.filter(({ metadata }) => metadata(directKey));
    assert.ok(direct.length > 0, 'none was found');
    for (const { name, rule, metadata } of direct) {
      assert.equal(rule?.kind, 'public', name);
      for (const key of [GUARDS_METADATA, INTERCEPTORS_METADATA, HEADERS_METADATA]) {
        assert.equal(metadata(key), undefined, `${name} declares ${key}, which would not run`);
      }
    }
  });

  /** The metadata again, at a path that depends on the configured issuer. */
  const undocumented = ['Metadata.getOAuthOfPath'];

  it('stands in the OpenAPI document, with who may call it', async () => {
    const { body: document } = await server.request('GET', '/openapi.json');
    const operations = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap(
      (path) => Object.values(path),
    );
    const documented = new Set(operations.map(({ operationId }) => operationId));
    const missing = routes
      .map(({ name }) => name.replace('Controller', ''))
      .filter((name) => !documented.has(name));
    assert.deepEqual(missing, undocumented);
    for (const operation of operations) {
      assert.ok('x-public' in operation || 'x-required-permission' in operation, JSON.stringify(operation));
    }
  });
});

/** The handlers of all controllers, by reflection, with the rule that the guards would find. */
function declaredRoutes({ app }: TestServer): DeclaredRoute[] {
  const scanner = new MetadataScanner();
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    const { prototype, name: controller } = metatype as { prototype: Record<string, object>; name: string };
    return scanner
      .getAllMethodNames(prototype)
      .filter((method) => Reflect.hasMetadata(METHOD_METADATA, prototype[method] as object))
      .map((method) => {
        const metadata = (key: string): unknown =>
          Reflect.getMetadata(key, prototype[method] as object) ??
          Reflect.getMetadata(key, metatype as object);
        return { name: `${controller}.${method}`, rule: metadata(accessRuleKey) as AccessRule, metadata };
      });
  });
}
