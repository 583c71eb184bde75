import type { TestServer } from '../../support/server.js';

/** As much of a JSON Schema as the OpenAPI document of the server uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly example?: unknown;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema?: Schema;
}

interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>;
}

/** One operation of the OpenAPI document. */
export interface Operation {
  /** `POST /oauth/token`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The surface that it belongs to. */
  readonly tags?: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
  readonly security: readonly Readonly<Record<string, unknown>>[];
}

/** What the server says of itself. */
export interface ApiDescription {
  readonly operations: readonly Operation[];
  /** The schema that a reference stands for; any other schema as it is. */
  resolve(schema: Schema): Schema;
}

/** Reads the OpenAPI document that the server serves: routes that are added are in it without anybody's doing. */
export async function describeApi(server: TestServer): Promise<ApiDescription> {
  const { body } = await server.request('GET', '/openapi.json');
  const schemas = body.components.schemas as Record<string, Schema>;
  const operations = Object.entries(body.paths as Record<string, Record<string, Omit<Operation, 'name'>>>)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([key, operation]) => ({ ...operation, path, method: key.toUpperCase() })),
    )
    .map((operation) => ({
      ...operation,
      name: `${operation.method} ${operation.path}`,
      parameters: operation.parameters ?? [],
    }));
  const resolve = (schema: Schema): Schema => {
    if (schema.$ref === undefined) return schema;
    const target = schemas[schema.$ref.split('/').at(-1) as string];
    if (!target) throw new Error(`${schema.$ref} leads nowhere.`);
    return resolve(target);
  };
  return { operations, resolve };
}

/** The bodies that the document shows for an operation and media type. */
export function examplesOf({ example, examples }: Content): unknown[] {
  const named = Object.values(examples ?? {}).map(({ value }) => value);
  return [...(example === undefined ? [] : [example]), ...named].filter((value) => value !== undefined);
}
