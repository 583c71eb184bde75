import { applyPatch, type Operation, Pointer } from 'rfc6902';
import { type Issue, invalid } from '#libs/common';

/** The media type of a JSON Patch (RFC 6902 §6). */
export const jsonPatchMediaType = 'application/json-patch+json';

const operationNames = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const;
const withValue = new Set(['add', 'replace', 'test']);
const withFrom = new Set(['move', 'copy']);
const pointerPattern = /^(\/([^/~]|~[01])*)*$/;
const indexPattern = /^(0|[1-9]\d{0,5})$/;
const maxOperations = 1_000;
const maxPointerLength = 1_000;

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

/**
 * Reads a JSON Patch (RFC 6902 §3, §4).
 *
 * @throws DomainError `invalid` with every operation that is none
 */
export function fromJsonPatch(body: unknown): Operation[] {
  if (!Array.isArray(body)) throw invalid('The body must be a JSON array of operations (RFC 6902).');
  if (body.length > maxOperations) throw invalid(`The body must have at most ${maxOperations} operations.`);
  const issues = body.flatMap((operation, index) => operationIssues(operation, `[${index}]`));
  if (issues.length > 0) throw invalid('The body is not a JSON Patch.', issues);
  return body as Operation[];
}

/**
 * Applies a patch to a document, all of it or nothing (RFC 6902 §5). The document itself stays as it is.
 *
 * @param patchable the top-level members that may be changed; `test` and the source of a `copy` may be any
 * @throws DomainError `invalid` for the first operation that can't be applied
 */
export function patched<T extends object>(
  document: T,
  operations: readonly Operation[],
  patchable: readonly string[],
): JsonObject {
  const result = structuredClone(document) as JsonObject;
  operations.forEach((operation, index) => {
    const path = `[${index}]`;
    mustBePatchable(operation, patchable, path);
    mustResolve(result, operation, path);
    const [error] = applyPatch(result, [operation]);
    if (error) {
      const message = operation.op === 'test' ? 'the test failed' : 'cannot be applied';
      throw invalid('The patch was not applied.', [{ path, message }]);
    }
  });
  return result;
}

function operationIssues(operation: unknown, at: string): Issue[] {
  if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) {
    return [{ path: at, message: 'must be an object' }];
  }
  const { op, path, from } = operation as Record<string, unknown>;
  if (!operationNames.some((name) => name === op)) {
    return [{ path: `${at}.op`, message: `must be one of ${operationNames.join(', ')}` }];
  }
  const issues: Issue[] = [];
  const message = 'must be a JSON Pointer (RFC 6901)';
  if (!isPointer(path)) issues.push({ path: `${at}.path`, message });
  if (withFrom.has(op as string) && !isPointer(from)) issues.push({ path: `${at}.from`, message });
  if (withValue.has(op as string) && !('value' in operation)) {
    issues.push({ path: `${at}.value`, message: 'is required' });
  }
  return issues;
}

function isPointer(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxPointerLength && pointerPattern.test(value);
}

function mustBePatchable(operation: Operation, patchable: readonly string[], at: string): void {
  if (operation.op === 'test') return;
  const changed = operation.op === 'move' ? [operation.path, operation.from] : [operation.path];
  for (const pointer of changed) {
    const member = tokensOf(pointer)[0];
    if (member !== undefined && patchable.includes(member)) continue;
    throw invalid('The patch was not applied.', [
      { path: `${at}.path`, message: `must be at or below one of ${patchable.join(', ')}` },
    ]);
  }
}

/**
 * The library takes a pointer for whatever JavaScript finds under it, such as the length of an array: only what is in
 * the document counts (RFC 6901 §4).
 */
function mustResolve(document: JsonObject, operation: Operation, at: string): void {
  const isNew = operation.op === 'add' || operation.op === 'move' || operation.op === 'copy';
  // A member that the operation does not know is to be ignored, whatever it is (RFC 6902 §4).
  const from = operation.op === 'move' || operation.op === 'copy' ? operation.from : undefined;
  if (from !== undefined && !exists(document, tokensOf(from))) throw unresolved(`${at}.from`);
  if (!(isNew ? mayBeAdded : exists)(document, tokensOf(operation.path))) throw unresolved(`${at}.path`);
}

function unresolved(path: string): Error {
  return invalid('The patch was not applied.', [{ path, message: 'must lead to something that is there' }]);
}

function exists(document: Json, tokens: readonly string[]): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return true;
  if (Array.isArray(document)) {
    return (
      indexPattern.test(token) && Number(token) < document.length && exists(document[Number(token)], rest)
    );
  }
  if (!isObject(document) || !Object.hasOwn(document, token)) return false;
  return exists(document[token], rest);
}

/** Something can be added to any object, and to an array before each of its elements or at its end (RFC 6902 §4.1). */
function mayBeAdded(document: Json, tokens: readonly string[]): boolean {
  const last = tokens.at(-1);
  if (last === undefined) return false;
  let parent = document;
  for (const token of tokens.slice(0, -1)) {
    if (!exists(parent, [token])) return false;
    parent = (parent as JsonObject)[token];
  }
  if (Array.isArray(parent))
    return last === '-' || (indexPattern.test(last) && Number(last) <= parent.length);
  return isObject(parent) && !(last in Object.prototype);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tokensOf(pointer: string): string[] {
  return Pointer.fromJSON(pointer).tokens.slice(1);
}
