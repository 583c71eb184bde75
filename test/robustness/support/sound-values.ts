import fc from 'fast-check';
import type { ApiDescription, Schema } from './operations.js';

/** Stands in a generated value for something that exists when it is sent: `{{clientId}}`. */
export function placeholder(name: string): string {
  return `{{${name}}}`;
}

const deepest = 8;
const secretName = /secret|password|assertion/i;
const idName = /^(id|name|token)$|(id|kid|name|role|key)$/i;

/**
 * Values that keep to a schema, as far as it says; values of properties that sound like names of things are often
 * those of things that exist.
 */
export function soundValue(api: ApiDescription, schema: Schema, name = '', depth = 0): fc.Arbitrary<unknown> {
  const known = api.resolve(schema);
  const given = known.example === undefined ? [] : [fc.constant(known.example)];
  if (depth > deepest) return given[0] ?? fc.constant(null);
  const variants = known.oneOf ?? known.anyOf;
  if (variants) return fc.oneof(...variants.map((variant) => soundValue(api, variant, name, depth + 1)));
  if (known.allOf) return mergedValue(api, known.allOf, depth);
  if (known.const !== undefined) return fc.constant(known.const);
  if (known.enum) return fc.constantFrom(...known.enum);
  const types = [known.type ?? (known.properties ? 'object' : 'string')].flat();
  return fc.oneof(...given, ...types.map((type) => valueOfType(api, known, type, name, depth)));
}

function mergedValue(api: ApiDescription, parts: readonly Schema[], depth: number): fc.Arbitrary<unknown> {
  return fc
    .tuple(...parts.map((part) => soundValue(api, part, '', depth + 1)))
    .map((values) => Object.assign({}, ...values));
}

function valueOfType(
  api: ApiDescription,
  schema: Schema,
  type: string,
  name: string,
  depth: number,
): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 100_000, minItems = 0, maxItems = 3 } = schema;
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: minimum, max: Math.max(minimum, maximum) });
    case 'number':
      return fc.integer({ min: minimum, max: Math.max(minimum, maximum) });
    case 'array':
      return fc.array(soundValue(api, schema.items ?? {}, name.replace(/s$/, ''), depth + 1), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, 3)),
      });
    case 'object':
      return objectValue(api, schema, depth);
    default:
      return textValue(schema, name);
  }
}

function objectValue(api: ApiDescription, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const entries = Object.entries(properties);
  const declared = fc.record(
    Object.fromEntries(entries.map(([key, value]) => [key, soundValue(api, value, key, depth + 1)])),
    { requiredKeys: required.filter((key) => key in properties), noNullPrototype: true },
  );
  if (typeof additionalProperties !== 'object') return declared;
  const free = fc.dictionary(
    fc.constantFrom('ROLE_API', 'ROLE_USER', placeholder('roleName'), 'anything'),
    soundValue(api, additionalProperties, 'tenantId', depth + 1),
    { maxKeys: 3, noNullPrototype: true },
  );
  return fc.tuple(declared, free).map(([fixed, more]) => ({ ...fixed, ...more }));
}

function textValue(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const { minLength = 0, maxLength = 64, pattern, format } = schema;
  const max = Math.max(minLength, Math.min(maxLength, 64));
  if (format === 'date-time') return fc.constantFrom('2030-01-31T12:00:00Z', '2099-12-31T23:59:59.999+02:00');
  if (format === 'uuid') return fc.oneof(fc.uuid(), fc.constant(placeholder(name)));
  if (format === 'email') return fc.constant('somebody@example.com');
  if (format === 'uri') return fc.constantFrom('https://client.example/callback', 'http://localhost:8080/');
  const free = pattern
    ? fc.stringMatching(new RegExp(pattern))
    : fc.string({ minLength: Math.max(1, minLength), maxLength: Math.max(1, max) });
  if (secretName.test(name)) return fc.oneof(free, fc.constant(placeholder('secret')));
  if (idName.test(name)) return fc.oneof(free, fc.constant(placeholder(name)));
  return free;
}
