import fc from 'fast-check';
import {
  hostileForms,
  hostileHeaderLines,
  hostileJsonBodies,
  hostileJsonValues,
  hostileMediaTypes,
  hostileQueries,
  hostileTexts,
} from './hostile-values.js';
import { type ApiDescription, examplesOf, type Operation } from './operations.js';
import { placeholder, soundValue } from './sound-values.js';

/** Who sends a request: by a token, or by id and secret where the operation wants these. */
export const callers = ['administrator', 'operator', 'stranger', 'nobody', 'forger', 'babbler'] as const;
export type Caller = (typeof callers)[number];

/** A request with placeholders for what exists when it is sent. */
export interface HostileRequest {
  readonly caller: Caller;
  /** Still with the placeholders of the path's parameters in braces. */
  readonly pathValues: Readonly<Record<string, string>>;
  readonly query: string;
  readonly headerLines: readonly string[];
  readonly mediaType: string | undefined;
  /** A value is written in the words of the media type, bytes are sent as they are. */
  readonly body: { readonly value: unknown } | { readonly bytes: Buffer } | undefined;
}

/** Requests of an operation that are sound but for a few things in them. */
export function hostileRequests(api: ApiDescription, operation: Operation): fc.Arbitrary<HostileRequest> {
  const named = (place: string) => operation.parameters.filter((parameter) => parameter.in === place);
  const pathValues = fc.record(Object.fromEntries(named('path').map(({ name }) => [name, pathValue(name)])));
  const sending = fc
    .record({ body: bodyOf(api, operation), headerLines: rarely(fc.constantFrom(...hostileHeaderLines), []) })
    .map(({ body, headerLines }) => ({ ...body, headerLines }));
  return fc
    .record({
      caller: fc.oneof(
        { weight: 5, arbitrary: fc.constant<Caller>('administrator') },
        { weight: 3, arbitrary: fc.constant<Caller>('operator') },
        { weight: 2, arbitrary: fc.constantFrom(...callers) },
      ),
      pathValues,
      query: queryOf(api, operation),
      sending,
    })
    .map(({ sending, ...rest }) => ({ ...rest, ...sending }));
}

function rarely<T>(hostile: fc.Arbitrary<T>, sound: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 11, arbitrary: fc.constant(sound) }, { weight: 1, arbitrary: hostile });
}

function pathValue(name: string): fc.Arbitrary<string> {
  const hostile = fc.oneof(
    fc.constantFrom(...hostileTexts).map((text) => inUrl(text)),
    fc.constantFrom('%', '%zz', '%ff', '%ed%a0%80', '%2e%2e%2f', '..', '%2f', '%252f', '%00', ';', '\xff'),
  );
  return rarely(hostile, placeholder(name));
}

function queryOf(api: ApiDescription, operation: Operation): fc.Arbitrary<string> {
  const declared = operation.parameters.filter((parameter) => parameter.in === 'query');
  if (declared.length === 0) return rarely(fc.constantFrom(...hostileQueries), '');
  const hostile = fc
    .tuple(fc.constantFrom(...declared), fc.constantFrom(...hostileTexts))
    .map(([{ name }, text]) => `${name}=${inUrl(text)}`);
  const sound = fc
    .tuple(fc.subarray([...declared]), fc.gen())
    .map(([chosen, gen]) =>
      chosen
        .map(({ name, schema = {} }) => `${name}=${plain(gen(() => soundValue(api, schema, name)))}`)
        .join('&'),
    );
  return fc.oneof(
    { weight: 2, arbitrary: sound },
    { weight: 1, arbitrary: hostile },
    { weight: 1, arbitrary: fc.constantFrom(...hostileQueries) },
  );
}

/** A lone surrogate cannot be written in a URL. */
function inUrl(text: string): string {
  return encodeURIComponent(text.slice(0, 3_000).replaceAll(/\p{Cs}/gu, ''));
}

/** Keeps the braces of a placeholder. */
function plain(value: unknown): string {
  return encodeURIComponent(String(value)).replaceAll('%7B', '{').replaceAll('%7D', '}');
}

type Payload = Pick<HostileRequest, 'mediaType' | 'body'>;

function bodyOf(api: ApiDescription, operation: Operation): fc.Arbitrary<Payload> {
  const contents = Object.entries(operation.requestBody?.content ?? {});
  const raw = fc.constantFrom(...hostileJsonBodies, ...hostileForms).map((bytes) => ({ bytes }));
  const nothing: Payload = { mediaType: undefined, body: undefined };
  if (contents.length === 0) {
    const unexpected = fc.record({ mediaType: fc.constantFrom(...hostileMediaTypes), body: raw });
    return fc.oneof({ weight: 4, arbitrary: fc.constant(nothing) }, { weight: 1, arbitrary: unexpected });
  }
  const declared = contents.map(([mediaType, content]) => {
    const examples = examplesOf(content).map((example) => fc.constant(example));
    const sound = fc.oneof(...examples, soundValue(api, content.schema ?? {}));
    return fc.record({
      mediaType: rarely(fc.constantFrom(...hostileMediaTypes), mediaType),
      body: fc.oneof(
        { weight: 20, arbitrary: spoilt(sound).map((value) => ({ value })) },
        { weight: 2, arbitrary: fc.constantFrom(...bytesFor(mediaType)).map((bytes) => ({ bytes })) },
        { weight: 1, arbitrary: raw },
      ),
    });
  });
  return fc.oneof(
    { weight: 20, arbitrary: fc.oneof(...declared) },
    { weight: 1, arbitrary: fc.constant(nothing) },
  );
}

function bytesFor(mediaType: string): readonly Buffer[] {
  return mediaType.endsWith('json') ? hostileJsonBodies : hostileForms;
}

/** Values of which up to two parts are replaced, removed, wrapped or joined by what does not belong there. */
function spoilt(sound: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const hostile = fc.oneof(fc.constantFrom(...hostileTexts), fc.constantFrom(...hostileJsonValues));
  const spoiling = fc.record({
    where: fc.nat(),
    how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'wrap', 'add' as const),
    hostile,
  });
  return fc
    .tuple(sound, fc.array(spoiling, { maxLength: 2, size: 'max' }))
    .map(([value, spoilings]) => spoilings.reduce((spoiled, each) => spoil(spoiled, each), value));
}

interface Spoiling {
  readonly where: number;
  readonly how: string;
  readonly hostile: unknown;
}

function spoil(value: unknown, { where, how, hostile }: Spoiling): unknown {
  const holder = { root: structuredClone(value) };
  const places = placesIn(holder);
  const place = places[where % places.length] as Place;
  const { parent, key } = place;
  if (how === 'remove') delete parent[key];
  else if (how === 'wrap') parent[key] = [parent[key]];
  else if (how === 'add' && isContainer(parent[key])) parent[key]['unknownField'] = hostile;
  else parent[key] = hostile;
  return holder.root;
}

type Container = Record<string, unknown>;

interface Place {
  readonly parent: Container;
  readonly key: string;
}

function placesIn(parent: Container): Place[] {
  return Object.keys(parent).flatMap((key) => {
    const value = parent[key];
    return [{ parent, key }, ...(isContainer(value) ? placesIn(value) : [])];
  });
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}
