import { isIPv4 } from 'node:net';
import type { Problem } from './environment-error.js';
import { parseUrl } from './formats.js';
import { misspelledNames } from './misspelled-names.js';
import { type Values, type VariableName, variableNames, variables } from './variables.js';

/** Parses every variable on its own and then against the others, and gathers everything that is wrong. */
export function readVariables(env: NodeJS.ProcessEnv): { values: Partial<Values>; problems: Problem[] } {
  const problems: Problem[] = [];
  const entries = variableNames.flatMap((name) => {
    const result = variables[name].format.safeParse(givenOrDefault(env, name));
    if (result.success) return [[name, result.data]];
    const complaint = [...new Set(result.error.issues.map((issue) => issue.message))].join('; ');
    problems.push({ variable: name, ...shown(env, name), complaint });
    return [];
  });
  const values: Partial<Values> = Object.fromEntries(entries);
  problems.push(...contradictions(values, env), ...misspelledNames(env));
  return { values, problems };
}

/** What the operator gave: a variable that is empty, as compose files like to leave them, is one not given. */
function given(env: NodeJS.ProcessEnv, name: VariableName): string | undefined {
  // A secret may begin or end in a space; nothing else may, and files with variables often leave one.
  const value = name === 'BOOTSTRAP_CLIENT_SECRET' ? env[name] : env[name]?.trim();
  return value || undefined;
}

function givenOrDefault(env: NodeJS.ProcessEnv, name: VariableName): string | undefined {
  const { default: fallback } = variables[name];
  return given(env, name) ?? (fallback.startsWith('(') ? undefined : fallback);
}

/** What of them may be shown is not their password. */
const databaseUrls: readonly VariableName[] = ['DATABASE_URL', 'DATABASE_OWNER_URL'];

function shown(env: NodeJS.ProcessEnv, name: VariableName): { shown?: string } {
  const value = given(env, name);
  if (value === undefined || 'secret' in variables[name]) return {};
  const presentable = databaseUrls.includes(name) ? withoutPassword(value) : value;
  return {
    shown:
      presentable.length > 80 ? `${JSON.stringify(presentable.slice(0, 80))}…` : JSON.stringify(presentable),
  };
}

/** A URL that is not quite one may have its password anywhere, so nothing but its scheme is shown. */
function withoutPassword(value: string): string {
  const url = parseUrl(value);
  if (!url?.host || url.hash || /@/.test(url.pathname + url.search)) return `${url?.protocol ?? ''}…`;
  return `${url.protocol}//${url.username ? '…@' : ''}${url.host}${url.pathname}`;
}

/** Values that are fine each by itself and wrong together. */
function contradictions(values: Partial<Values>, env: NodeJS.ProcessEnv): Problem[] {
  const found: Problem[] = [];
  const complain = (variable: VariableName, complaint: string) =>
    found.push({ variable, ...shown(env, variable), complaint });
  if (values.ISSUER && values.ALLOW_INSECURE_ISSUER === 'false' && isPlainHttpBeyondLoopback(values.ISSUER))
    complain('ISSUER', 'must be https unless its host is loopback; ALLOW_INSECURE_ISSUER=true lifts this');
  if (values.PORT === 0 && !given(env, 'ISSUER')) complain('ISSUER', 'must be given when PORT is 0');
  if (isMore(values.ACCESS_TOKEN_TTL_SECONDS, values.ACCESS_TOKEN_MAX_TTL_SECONDS))
    complain('ACCESS_TOKEN_TTL_SECONDS', 'must not be more than ACCESS_TOKEN_MAX_TTL_SECONDS');
  if (isMore(values.IDEMPOTENCY_SECRET_WINDOW_SECONDS, values.IDEMPOTENCY_WINDOW_SECONDS))
    complain('IDEMPOTENCY_SECRET_WINDOW_SECONDS', 'must not be more than IDEMPOTENCY_WINDOW_SECONDS');
  if (values.DATABASE_OWNER_URL && !given(env, 'DATABASE_URL'))
    complain('DATABASE_OWNER_URL', 'must not be given without DATABASE_URL');
  if (given(env, 'DATABASE_URL'))
    for (const name of ['MASTER_KEY', 'SECRET_PEPPER'] as const)
      if (!given(env, name))
        complain(name, 'must be given with DATABASE_URL: openssl rand -base64 32 makes one');
  return found;
}

function isMore(left: number | undefined, right: number | undefined): boolean {
  return left !== undefined && right !== undefined && left > right;
}

function isPlainHttpBeyondLoopback(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer);
  const isLoopback =
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    (isIPv4(hostname) && hostname.startsWith('127.'));
  return protocol === 'http:' && !isLoopback;
}
