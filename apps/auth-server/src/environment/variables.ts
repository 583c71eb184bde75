import { z } from 'zod';
import {
  addressList,
  hostName,
  httpsUrlOrFile,
  issuerUrl,
  keyList,
  networkList,
  oneOf,
  originList,
  path,
  postgresUrl,
  quota,
  redisUrl,
  sqlName,
  visibleText,
  wholeNumber,
} from './formats.js';

interface Variable<Format extends z.ZodType> {
  /** What stands for the variable when it is not given, or a word about it in parentheses. */
  readonly default: string;
  /** Whether a complaint may never show the value. */
  readonly secret?: true;
  readonly sentence: string;
  readonly format: Format;
}

/** Takes the value, or the default when the variable is not given. */
function withDefault<Format extends z.ZodType>(value: string, format: Format, sentence: string) {
  return { default: value, sentence, format } satisfies Variable<Format>;
}

/** @param meaning what happens without the variable, in a few words */
function optional<Format extends z.ZodType>(meaning: string, format: Format, sentence: string) {
  return { default: `(${meaning})`, sentence, format: format.optional() } satisfies Variable<z.ZodType>;
}

function secret<Format extends z.ZodType>(meaning: string, format: Format, sentence: string) {
  return { ...optional(meaning, format, sentence), secret: true } satisfies Variable<z.ZodType>;
}

/**
 * Every variable that the server knows, in the order of `.env.example`, which is made of this table; a test fails
 * when the two differ.
 */
export const variables = {
  PORT: withDefault(
    '3000',
    wholeNumber(0, 65535),
    'The TCP port to listen on; 0 takes any free one, and then ISSUER must be given.',
  ),
  HOST: withDefault(
    '127.0.0.1',
    hostName(),
    'The address to listen on; 0.0.0.0 or :: for all, as in the container.',
  ),
  WORKERS: withDefault(
    '1',
    wholeNumber(1, 64),
    'How many processes share the port; as many as there are processors for the server. Each has its own memory and database connections.',
  ),
  ISSUER: optional(
    'http://localhost:<PORT>',
    issuerUrl(),
    'The issuer identifier: the URL under which the outside reaches this server. It is never taken from a request.',
  ),
  ALLOW_INSECURE_ISSUER: withDefault(
    'false',
    oneOf(['true', 'false']),
    'Whether ISSUER may be plain http on a host that is not loopback. Tokens and secrets then travel unencrypted.',
  ),
  DATABASE_URL: optional(
    'an embedded PostgreSQL below DATA_DIR',
    postgresUrl(),
    'The PostgreSQL 15 or later to use: postgresql://user:password@host:5432/database.',
  ),
  DATABASE_OWNER_URL: optional(
    'the user of DATABASE_URL owns the tables',
    postgresUrl(),
    'The same database as the owner of the tables, where DATABASE_URL is a user with fewer rights; used at start alone.',
  ),
  DATABASE_RUNTIME_ROLE: withDefault(
    'clientele_runtime',
    sqlName(),
    'The role without rights over the schema that the server works as, where DATABASE_URL is the owner of the tables.',
  ),
  DATABASE_POOL_SIZE: withDefault(
    '10',
    wholeNumber(2, 500),
    'How many connections to PostgreSQL the requests of one process use at most; it opens half as many more for itself.',
  ),
  REDIS_URL: secret(
    'none',
    redisUrl(),
    'Redis for rate limits that several instances count together; without it each instance counts by itself.',
  ),
  DATA_DIR: withDefault(
    './.data',
    path(),
    'Where the embedded PostgreSQL and the development keys are kept; not used with DATABASE_URL.',
  ),
  BOOTSTRAP_CLIENT_ID: optional(
    'generated at the first start and printed once',
    visibleText(1, 255),
    'The client id of the operator client that the first start creates.',
  ),
  BOOTSTRAP_CLIENT_SECRET: secret(
    'generated at the first start and printed once',
    visibleText(8, 256),
    'The secret of the operator client that the first start creates, 8 to 256 characters.',
  ),
  MASTER_KEY: secret(
    'generated into DATA_DIR/master.key; required with DATABASE_URL',
    keyList(),
    'Seals the private signing keys: base64 of 32 bytes. Several separated by commas: the first seals, all open.',
  ),
  SECRET_PEPPER: secret(
    'generated into DATA_DIR/secret-pepper.key; required with DATABASE_URL',
    keyList(),
    'Goes into the hash of every client secret: base64 of 32 bytes. Several separated by commas: the first hashes, all verify.',
  ),
  BCRYPT_COST: withDefault(
    '10',
    wholeNumber(4, 14),
    'The work factor for secrets that people chose; each step doubles the time.',
  ),
  ACCESS_TOKEN_TTL_SECONDS: withDefault(
    '3600',
    wholeNumber(1, 86_400 * 30),
    'How long an access token lives when neither its client nor its organization says.',
  ),
  ACCESS_TOKEN_MAX_TTL_SECONDS: withDefault(
    '43200',
    wholeNumber(1, 86_400 * 30),
    'The longest life of an access token that a client or an organization may ask for.',
  ),
  MAX_CREDENTIALS_PER_CLIENT: withDefault(
    '5',
    wholeNumber(1, 100),
    'How many live credentials a client may have when its organization says nothing.',
  ),
  TOKEN_QUOTA: optional(
    'none',
    quota(),
    'How many tokens the server makes at most, as tokens/seconds: `600000/60`. Customers and clients have their own.',
  ),
  TOKEN_QUOTA_MODE: withDefault(
    'enforce',
    oneOf(['enforce', 'shadow']),
    'Whether tokens beyond TOKEN_QUOTA are refused (enforce) or only counted and reported (shadow).',
  ),
  LEAKS_GITHUB_KEYS: optional(
    'POST /leaks/github is off',
    httpsUrlOrFile(),
    'The public keys by which GitHub signs leaked secrets that it found: https://api.github.com/meta/public_keys/secret_scanning, or a file with what it answers.',
  ),
  REGISTRY_MAX_CLIENTS: withDefault(
    '100000',
    wholeNumber(1, 10_000_000),
    'How many clients one process keeps in memory; those used least recently leave first.',
  ),
  DB_OUTAGE_GRACE_SECONDS: withDefault(
    '60',
    wholeNumber(0, 3600),
    'How long known clients still get tokens while PostgreSQL cannot be reached; a revocation made meanwhile is seen later by as much.',
  ),
  SIGNING_KEY_ANNOUNCE_SECONDS: withDefault(
    '300',
    wholeNumber(0, 604_800),
    'How long a new signing key stands in the JWKS before it signs; also how long the JWKS may be cached.',
  ),
  SIGNING_KEY_ROTATION_DAYS: withDefault(
    '90',
    wholeNumber(0, 3650),
    'After how many days the server itself replaces a key that signs; 0 leaves it to the operator.',
  ),
  IDEMPOTENCY_WINDOW_SECONDS: withDefault(
    '86400',
    wholeNumber(1, 604_800),
    'How long a request repeated with the same Idempotency-Key is answered as the first one was.',
  ),
  IDEMPOTENCY_SECRET_WINDOW_SECONDS: withDefault(
    '600',
    wholeNumber(0, 604_800),
    'How long such an answer still contains the secret; not longer than IDEMPOTENCY_WINDOW_SECONDS.',
  ),
  AUDIT_CHECKPOINT_SECONDS: withDefault(
    '300',
    wholeNumber(1, 86_400),
    'How often the new ends of the chains of the audit log are signed; what is younger can be cut off unseen.',
  ),
  AUDIT_RETENTION_DAYS: withDefault(
    '0',
    wholeNumber(0, 36_500),
    'After how many days sealed segments of the audit log are dropped; 0 keeps them for ever.',
  ),
  BODY_LIMIT_BYTES: withDefault(
    '1048576',
    wholeNumber(1024, 104_857_600),
    'The largest body of a request for many things at once; others have smaller limits: docs/limits.md.',
  ),
  SHUTDOWN_GRACE_SECONDS: withDefault(
    '20',
    wholeNumber(0, 600),
    'How long requests under way may take to finish after SIGTERM.',
  ),
  WEBHOOK_ALLOWED_NETWORKS: optional(
    'none',
    networkList(),
    'Private or special networks that webhooks may reach all the same, separated by commas: 10.1.0.0/16.',
  ),
  WEBHOOK_ALLOW_HTTP: withDefault(
    'false',
    oneOf(['true', 'false']),
    'Whether the URL of a webhook may be plain http; its events then travel unencrypted.',
  ),
  WEBHOOK_TIMEOUT_SECONDS: withDefault(
    '10',
    wholeNumber(1, 60),
    'How long one attempt to deliver a webhook may take.',
  ),
  WEBHOOK_DISABLE_AFTER_DAYS: withDefault(
    '5',
    wholeNumber(1, 365),
    'After so many days without a success an endpoint of webhooks is disabled.',
  ),
  TRUST_PROXY: optional(
    'none',
    addressList(),
    'Addresses or networks of the proxies whose X-Forwarded-* headers are believed, separated by commas.',
  ),
  CORS_ORIGINS: optional(
    'none',
    originList(),
    'Origins whose web pages may call this server, separated by commas.',
  ),
  LOG_LEVEL: withDefault(
    'info',
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    'The least severe kind of log line to write.',
  ),
  LOG_FORMAT: withDefault(
    'auto',
    oneOf(['auto', 'json', 'pretty']),
    'JSON lines or lines for the eye; auto writes the latter to a terminal and JSON elsewhere.',
  ),
};

export type VariableName = keyof typeof variables;

/** The value of each variable, parsed. */
export type Values = { [Name in VariableName]: z.output<(typeof variables)[Name]['format']> };

export const variableNames = Object.keys(variables) as VariableName[];
