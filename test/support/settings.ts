import type { Settings } from '#libs/common';

/** The settings of a server under test; the keys are the same in all of them, so that a cloned database opens. */
export function testSettings(overrides: Partial<Settings> = {}): Settings {
  return {
    host: '127.0.0.1',
    port: 0,
    workers: 1,
    issuer: 'http://localhost:3000',
    databaseUrl: undefined,
    databaseOwnerUrl: undefined,
    databaseRuntimeRole: 'clientele_runtime',
    databasePoolSize: 8,
    redisUrl: undefined,
    dataDir: '.data',
    bootstrapClientId: 'operator',
    bootstrapClientSecret: undefined,
    masterKeys: [Buffer.alloc(32, 'test master key')],
    secretPeppers: [Buffer.alloc(32, 'test secret pepper')],
    bcryptCost: 4,
    defaultAccessTokenTtlSeconds: 3600,
    maxAccessTokenTtlSeconds: 43_200,
    maxCredentialsPerClient: 5,
    tokenQuota: undefined,
    registryMaxClients: 10_000,
    databaseOutageGraceSeconds: 60,
    signingKeyAnnounceSeconds: 300,
    idempotencyWindowSeconds: 86_400,
    idempotencySecretWindowSeconds: 600,
    bodyLimitBytes: 1_048_576,
    shutdownGraceSeconds: 5,
    trustedProxies: [],
    corsOrigins: [],
    logLevel: 'silent',
    logFormat: 'json',
    ...overrides,
  };
}
