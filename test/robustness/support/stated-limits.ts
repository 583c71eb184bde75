import { type ApiDescription, examplesOf, type Operation, type Schema } from './operations.js';

/** A limit that the OpenAPI document states of a field of a body, or of a parameter of the query. */
export interface StatedLimit {
  /** Where the field is in a body: `metadata`, `0`, `name`; undefined: it is a parameter of the query. */
  readonly path: readonly (string | number)[] | undefined;
  readonly name: string;
  /** What the error says when it is broken. */
  readonly rule: string;
  readonly atLimit: unknown;
  readonly beyond: unknown;
}

const deepest = 6;

/** All limits of an operation, of those that the fields of a body and the parameters of a query were declared with. */
export function limitsOf(api: ApiDescription, { parameters, requestBody }: Operation): StatedLimit[] {
  const [content] = Object.entries(requestBody?.content ?? {})
    .filter(([mediaType]) => mediaType.endsWith('json'))
    .map(([, one]) => one);
  const ofBody = content?.schema ? limitsBelow(api, content.schema, []) : [];
  const ofQuery = parameters
    .filter((parameter) => parameter.in === 'query')
    .flatMap(({ name, schema = {} }) => limitsOfValue(api.resolve(schema), undefined, name));
  return [...ofBody, ...ofQuery];
}

/** The body that the document shows, with the value at the path; what is missing on the way is made. */
export function bodyWith(
  { requestBody }: Operation,
  path: readonly (string | number)[],
  value: unknown,
): unknown {
  const [content] = Object.values(requestBody?.content ?? {});
  const [example] = content ? examplesOf(content) : [];
  return withValue(structuredClone(example), path, value);
}

function withValue(parent: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof key === 'number') {
    const list = Array.isArray(parent) ? parent : [];
    return [withValue(list[0], rest, value)];
  }
  const holder = typeof parent === 'object' && parent !== null && !Array.isArray(parent) ? parent : {};
  return { ...holder, [key]: withValue((holder as Record<string, unknown>)[key], rest, value) };
}

function limitsBelow(api: ApiDescription, schema: Schema, path: readonly (string | number)[]): StatedLimit[] {
  if (path.length > deepest) return [];
  const known = api.resolve(schema);
  const { items, properties = {}, oneOf, anyOf, allOf } = known;
  // A body that may be one object or many: the limits are those of the objects.
  const variants = allOf ?? (oneOf ?? anyOf)?.slice(-1) ?? [];
  return [
    ...(path.length > 0
      ? limitsOfValue(known, path, String(path.findLast((key) => typeof key === 'string') ?? ''))
      : []),
    ...variants.flatMap((variant) => limitsBelow(api, variant, path)),
    // What may hold nothing has no items with limits of their own.
    ...(items && known.maxItems !== 0 ? limitsBelow(api, items, [...path, 0]) : []),
    ...Object.entries(properties).flatMap(([key, value]) => limitsBelow(api, value, [...path, key])),
  ];
}

function limitsOfValue(schema: Schema, path: StatedLimit['path'], name: string): StatedLimit[] {
  const { maxLength, minLength = 0, maxItems, minimum, maximum } = schema;
  const limits: StatedLimit[] = [];
  const state = (rule: string, atLimit: unknown, beyond: unknown) =>
    limits.push({ path, name, rule, atLimit, beyond });
  if (maxLength !== undefined) {
    const size = minLength > 0 ? `${minLength} to ${maxLength}` : `at most ${maxLength}`;
    const rule = `must have ${size} characters`;
    // A secret must not look like anything that may stand in the database.
    const letter = /secret/i.test(name) ? 'z' : 'a';
    state(rule, letter.repeat(maxLength), letter.repeat(maxLength + 1));
    if (minLength > 0 && path) state(rule, letter.repeat(minLength), letter.repeat(minLength - 1));
  }
  if (maxItems !== undefined) {
    const listOf = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`);
    state(`must have at most ${maxItems} entries`, listOf(maxItems), listOf(maxItems + 1));
  }
  const rule = `must be a whole number from ${minimum} to ${maximum ?? Number.MAX_SAFE_INTEGER}`;
  if (maximum !== undefined) state(rule, maximum, maximum + 1);
  if (minimum !== undefined) state(rule, minimum, minimum - 1);
  return limits;
}
