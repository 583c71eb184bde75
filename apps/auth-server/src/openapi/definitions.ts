import type { OpenAPIObject } from '@nestjs/swagger';

/** A part of the API that is shown by itself: one entry of Swagger UI's menu. */
export interface Definition {
  /** Its document is `/openapi/<name>.json`. */
  readonly name: string;
  readonly title: string;
  /** The paths that belong to it begin with one of these. */
  readonly basePaths: readonly string[];
}

/** The surfaces, in the order of the menu. */
export const definitions: readonly Definition[] = [
  {
    name: 'oauth',
    title: 'OAuth endpoints',
    basePaths: ['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/oauth/checkToken', '/.well-known'],
  },
  {
    name: 'customers',
    title: 'Customers (native admin API)',
    basePaths: ['/leaks', '/oauth/customers', '/oauth/enrolments', '/oauth/roles', '/oauth/signing-keys'],
  },
  { name: 'oauth-clients', title: 'OAuth clients', basePaths: ['/oauth-clients', '/v3/oauth-clients'] },
  { name: 'setup-clients', title: 'Setup clients', basePaths: ['/v2/modules', '/v3/modules'] },
  { name: 'platform-clientauth', title: 'Platform client credentials', basePaths: ['/platform/clientauth'] },
  { name: 'client-credentials-v0', title: 'Client credentials v0', basePaths: ['/api/v0'] },
];

/** The part of the whole document that belongs to a definition, with the schemas that it uses and no others. */
export function partOf(document: OpenAPIObject, { title, basePaths }: Definition): OpenAPIObject {
  const paths = Object.fromEntries(
    Object.entries(document.paths).filter(([path]) => basePaths.some((base) => isBelow(path, base))),
  );
  const tags = tagsOf(paths);
  const schemas = document.components?.schemas ?? {};
  const used = usedSchemas(paths, schemas);
  return {
    ...document,
    info: { ...document.info, title: `${document.info.title}: ${title}` },
    paths,
    tags: (document.tags ?? []).filter((tag) => tags.has(tag.name)),
    components: {
      ...document.components,
      schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name))),
    },
  };
}

function isBelow(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}

function tagsOf(paths: OpenAPIObject['paths']): ReadonlySet<string> {
  const operations = Object.values(paths).flatMap((item) =>
    Object.values(item as Record<string, { tags?: string[] }>),
  );
  return new Set(operations.flatMap((operation) => operation.tags ?? []));
}

/** Follows the references from the paths, and from what they lead to. */
function usedSchemas(paths: object, schemas: Readonly<Record<string, object>>): ReadonlySet<string> {
  const used = new Set<string>();
  const follow = (part: object): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name] ?? {});
    }
  };
  follow(paths);
  return used;
}
