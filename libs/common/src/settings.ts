/**
 * What the operator can configure, parsed and checked once at start (`apps/auth-server/src/environment.ts`).
 * Libraries and the application read this one typed object, never `process.env`.
 */
export abstract class Settings {
  abstract readonly host: string;
  abstract readonly port: number;
  /** How many processes share the port. */
  abstract readonly workers: number;
  /** The issuer identifier, without a trailing slash. Never derived from a request (RFC 8414 §2). */
  abstract readonly issuer: string;
  /** Undefined: the embedded PostgreSQL below `dataDir`. */
  abstract readonly databaseUrl: string | undefined;
  /** The URL of the tables' owner, where `databaseUrl` is that of a user with fewer rights. */
  abstract readonly databaseOwnerUrl: string | undefined;
  /** The role that the server works as, where `databaseUrl` is the owner's. */
  abstract readonly databaseRuntimeRole: string;
  abstract readonly databasePoolSize: number;
  /** Where several instances count rate limits together; undefined: each counts by itself. */
  abstract readonly redisUrl: string | undefined;
  abstract readonly dataDir: string;
  abstract readonly bootstrapClientId: string | undefined;
  abstract readonly bootstrapClientSecret: string | undefined;
  /** Keys of 32 bytes; the first one seals new values, all of them open old ones. */
  abstract readonly masterKeys: readonly Buffer[];
  /** Keys of 32 bytes; the first one hashes new secrets, all of them verify old ones. */
  abstract readonly secretPeppers: readonly Buffer[];
  abstract readonly bcryptCost: number;
  abstract readonly defaultAccessTokenTtlSeconds: number;
  abstract readonly maxAccessTokenTtlSeconds: number;
  abstract readonly maxCredentialsPerClient: number;
  /** For the whole server; undefined: none. */
  abstract readonly tokenQuota:
    | { readonly tokens: number; readonly seconds: number; readonly mode: 'enforce' | 'shadow' }
    | undefined;
  /** Where the public keys of GitHub's secret scanning are, an https URL or a file; undefined: it reports nothing. */
  abstract readonly githubLeakKeys: string | undefined;
  abstract readonly registryMaxClients: number;
  abstract readonly databaseOutageGraceSeconds: number;
  /** How long a new signing key is announced in the JWKS before it may sign; also the JWKS' `max-age`. */
  abstract readonly signingKeyAnnounceSeconds: number;
  /** How long a key signs before the server itself replaces it; 0: the operator rotates. */
  abstract readonly signingKeyRotationDays: number;
  abstract readonly idempotencyWindowSeconds: number;
  /** Within this time a replayed create answers the secret again; later it answers without it. */
  abstract readonly idempotencySecretWindowSeconds: number;
  /** How often the new end of every chain of the audit log is signed. */
  abstract readonly auditCheckpointSeconds: number;
  /** After how many days sealed segments of the audit log are dropped; 0: never. */
  abstract readonly auditRetentionDays: number;
  abstract readonly bodyLimitBytes: number;
  abstract readonly shutdownGraceSeconds: number;
  /** Networks in CIDR notation that deliveries of webhooks may reach although they are private or special. */
  abstract readonly webhookAllowedNetworks: readonly string[];
  /** Whether the URL of a webhook may be plain http. */
  abstract readonly webhookAllowHttp: boolean;
  /** How long one attempt may take. */
  abstract readonly webhookTimeoutSeconds: number;
  /** After so long without a success an endpoint is disabled. */
  abstract readonly webhookDisableAfterDays: number;
  /** Addresses or networks of the proxies whose `X-Forwarded-*` headers are believed; empty: none. */
  abstract readonly trustedProxies: readonly string[];
  abstract readonly corsOrigins: readonly string[];
  abstract readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  abstract readonly logFormat: 'json' | 'pretty';
}
