import assert from 'node:assert/strict';
import type { Answer } from '../../support/http-client.js';
import { plantedSecret } from './hostile-values.js';
import type { ApiDescription, Operation, Schema } from './operations.js';

/** What only somebody who sees the inside could write. */
const traces =
  /\n\s+at |node_modules|\.[jt]s:\d|[a-z](Error|Exception)\b|QueryFailed|EntityNotFound|select .+ from |insert into|violates|constraint|relation "|duplicate key|typeorm|fastify|FST_|SQLSTATE|undefined|\[object /i;
const markup = /<!doctype|<html|<body|<script/i;

const nativeError: Schema = {
  type: 'object',
  required: ['severity', 'errorMessage', 'errorCode', 'errorDetailMessage'],
  properties: {
    severity: { type: 'string' },
    errorMessage: { type: 'string' },
    errorCode: { type: 'integer' },
    errorDetailMessage: { type: 'string' },
  },
};

/** Asserts what holds for the answer to any request whatsoever. */
export function assertHandled(api: ApiDescription, operation: Operation, answer: Answer): void {
  const { status, headers, text } = answer;
  const contentType = headers.get('content-type') ?? '';
  assert.ok(status >= 200 && status < 500, `status ${status}: ${text}`);
  assert.doesNotMatch(contentType, /html/i);
  assert.match(headers.get('x-request-id') ?? '', /^[A-Za-z0-9._-]{8,64}$/);
  assert.equal(headers.get('set-cookie'), null);
  if (status < 400) return;
  assert.match(contentType, /^application\/([a-z.-]+\+)?json/);
  assertErrorShape(api, operation, answer);
  assert.doesNotMatch(text, markup);
  assert.doesNotMatch(text, traces);
  const seen = `${text}\n${[...headers].join('\n')}`;
  assert.ok(!seen.includes(plantedSecret), `the planted secret came back: ${text}`);
  if (status === 401) assert.ok(headers.get('www-authenticate'), 'a 401 has a challenge');
}

/**
 * As the operation documents the status, or else as its neighbours do, or else as any other refusal; an operation that
 * documents no refusal at all: natively.
 */
function assertErrorShape(api: ApiDescription, operation: Operation, { status, body, text }: Answer): void {
  const refusals = Object.keys(operation.responses).filter((documented) => documented.startsWith('4'));
  const neighbours = api.operations.filter(({ tags }) => tags?.[0] === operation.tags?.[0]);
  const candidates = [`${status}`, '400', ...refusals].flatMap((documented) =>
    [operation, ...neighbours].flatMap((each) => schemasOf(each, documented)),
  );
  const [schema = nativeError] = refusals.length > 0 ? candidates : [];
  assert.deepEqual(faultsOf(api, schema, body, 'it'), [], `${status} ${text}`);
}

function schemasOf({ responses }: Operation, status: string): Schema[] {
  return Object.values(responses[status]?.content ?? {}).flatMap(({ schema }) => (schema ? [schema] : []));
}

function faultsOf(api: ApiDescription, schema: Schema, value: unknown, where: string): string[] {
  const {
    type,
    required = [],
    properties = {},
    items,
    enum: words,
    additionalProperties,
  } = api.resolve(schema);
  const found = typeOf(value);
  const types = type === undefined ? [found] : [type].flat();
  if (!types.includes(found) && !(found === 'integer' && types.includes('number')))
    return [`${where} is ${found} and not ${types}`];
  if (words && !words.includes(value)) return [`${where} is none of ${words}`];
  if (found === 'array' && items)
    return (value as unknown[]).flatMap((item, index) => faultsOf(api, items, item, `${where}[${index}]`));
  if (found !== 'object') return [];
  const object = value as Record<string, unknown>;
  const missing = required.filter((name) => !(name in object)).map((name) => `${where} lacks ${name}`);
  const wrong = Object.entries(object).flatMap(([name, member]) => {
    const known = properties[name] ?? additionalProperties;
    if (!known) return [`${where} has ${name}, which is not documented`];
    return known === true ? [] : faultsOf(api, known, member, `${where}.${name}`);
  });
  return [...missing, ...wrong];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
