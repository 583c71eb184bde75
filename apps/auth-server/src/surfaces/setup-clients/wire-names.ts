import { DomainError } from '#libs/common';

/** Where names of the domain are not just the same in snake_case. */
const wireNames: ReadonlyMap<string, string> = new Map([
  ['type', 'confidentiality_type'],
  ['authenticationMethods', 'token_endpoint_auth_method'],
  ['accessTokenTtlSeconds', 'access_token_ttl'],
  ['refreshTokenTtlSeconds', 'refresh_token_ttl'],
]);

/** Does a piece of the domain's work, and tells what is wrong in the words of this surface. */
export async function inWireNames<T>(work: Promise<T>, more?: ReadonlyMap<string, string>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DomainError) || error.issues.length === 0) throw error;
    const issues = error.issues.map(({ path, message }) => ({ path: toWirePath(path, more), message }));
    throw new DomainError(error.kind, error.message, { code: error.code, issues, cause: error });
  }
}

function toWirePath(path: string, more: ReadonlyMap<string, string> = new Map()): string {
  const renamed = path.replace(/[A-Za-z_]+/g, (name) => wireNames.get(name) ?? toSnakeCase(name));
  // What is one value here is a list in the domain.
  const single = renamed.replace(/^token_endpoint_auth_method\[\d+\]/, 'token_endpoint_auth_method');
  return single.replace(/^[a-z_]+/, (name) => more.get(name) ?? name);
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
