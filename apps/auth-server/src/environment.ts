import { resolve } from 'node:path';
import type { Settings } from '#libs/common';
import { EnvironmentError } from './environment/environment-error.js';
import { readVariables } from './environment/read-variables.js';
import type { Values } from './environment/variables.js';

export { mustNameDatabase, withDevelopmentKeys } from './environment/development-keys.js';
export { EnvironmentError } from './environment/environment-error.js';

/**
 * Turns the environment into the settings, once at start; nothing else reads `process.env`.
 *
 * @param isTerminal whether the log goes to somebody's terminal, for LOG_FORMAT=auto
 * @throws EnvironmentError that names everything that is wrong
 */
export function parseEnvironment(
  env: NodeJS.ProcessEnv,
  isTerminal: boolean = process.stdout.isTTY === true,
): Settings {
  const { values, problems } = readVariables(env);
  for (const name of ['MASTER_KEY', 'SECRET_PEPPER'] as const) {
    const isReported = problems.some(({ variable }) => variable === name);
    if (!values[name] && !isReported) problems.push({ variable: name, complaint: 'must be given' });
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return settingsFrom(values as Values, isTerminal);
}

function settingsFrom(values: Values, isTerminal: boolean): Settings {
  const automaticFormat = isTerminal ? 'pretty' : 'json';
  return {
    host: values.HOST,
    port: values.PORT,
    workers: values.WORKERS,
    issuer: values.ISSUER ?? `http://localhost:${values.PORT}`,
    databaseUrl: values.DATABASE_URL,
    databaseOwnerUrl: values.DATABASE_OWNER_URL,
    databaseRuntimeRole: values.DATABASE_RUNTIME_ROLE,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    redisUrl: values.REDIS_URL,
    dataDir: resolve(values.DATA_DIR),
    bootstrapClientId: values.BOOTSTRAP_CLIENT_ID,
    bootstrapClientSecret: values.BOOTSTRAP_CLIENT_SECRET,
    masterKeys: values.MASTER_KEY ?? [],
    secretPeppers: values.SECRET_PEPPER ?? [],
    bcryptCost: values.BCRYPT_COST,
    defaultAccessTokenTtlSeconds: values.ACCESS_TOKEN_TTL_SECONDS,
    maxAccessTokenTtlSeconds: values.ACCESS_TOKEN_MAX_TTL_SECONDS,
    maxCredentialsPerClient: values.MAX_CREDENTIALS_PER_CLIENT,
    tokenQuota: values.TOKEN_QUOTA && { ...values.TOKEN_QUOTA, mode: values.TOKEN_QUOTA_MODE },
    githubLeakKeys: values.LEAKS_GITHUB_KEYS,
    registryMaxClients: values.REGISTRY_MAX_CLIENTS,
    databaseOutageGraceSeconds: values.DB_OUTAGE_GRACE_SECONDS,
    signingKeyAnnounceSeconds: values.SIGNING_KEY_ANNOUNCE_SECONDS,
    signingKeyRotationDays: values.SIGNING_KEY_ROTATION_DAYS,
    idempotencyWindowSeconds: values.IDEMPOTENCY_WINDOW_SECONDS,
    idempotencySecretWindowSeconds: values.IDEMPOTENCY_SECRET_WINDOW_SECONDS,
    auditCheckpointSeconds: values.AUDIT_CHECKPOINT_SECONDS,
    auditRetentionDays: values.AUDIT_RETENTION_DAYS,
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
    webhookAllowedNetworks: values.WEBHOOK_ALLOWED_NETWORKS ?? [],
    webhookAllowHttp: values.WEBHOOK_ALLOW_HTTP === 'true',
    webhookTimeoutSeconds: values.WEBHOOK_TIMEOUT_SECONDS,
    webhookDisableAfterDays: values.WEBHOOK_DISABLE_AFTER_DAYS,
    trustedProxies: values.TRUST_PROXY ?? [],
    corsOrigins: values.CORS_ORIGINS ?? [],
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT === 'auto' ? automaticFormat : values.LOG_FORMAT,
  };
}
