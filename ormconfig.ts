import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { parseEnvironment, withDevelopmentKeys } from '#app/environment';
import { AuditChain, AuditCheckpoint, AuditDroppedSegment, AuditEvent, AuditKey } from '#libs/audit';
import { Client } from '#libs/clients';
import type { Settings } from '#libs/common';
import {
  Credential,
  CredentialSource,
  CredentialUse,
  EnrolmentCode,
  Leak,
  NetworkRefusal,
} from '#libs/credentials';
import { ChangeRecord, type DatabaseAccess, dataSourceOptions, withSessionSettings } from '#libs/database';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#libs/database/embedded';
import { IdempotencyKey } from '#libs/idempotency';
import { KeyUse, MasterKey, SigningKey } from '#libs/keys';
import { Organization, OrganizationRole, ResourceServer, Setup, Snapshot, Tenant } from '#libs/organizations';
import { ActiveToken, RevokedToken, TokenQuotaUse } from '#libs/tokens';
import { WebhookDelivery, WebhookEndpoint, WebhookEvent } from '#libs/webhooks';

const entities = [
  ActiveToken,
  AuditChain,
  AuditCheckpoint,
  AuditDroppedSegment,
  AuditEvent,
  AuditKey,
  ChangeRecord,
  Client,
  Credential,
  CredentialSource,
  CredentialUse,
  EnrolmentCode,
  IdempotencyKey,
  KeyUse,
  Leak,
  MasterKey,
  NetworkRefusal,
  Organization,
  OrganizationRole,
  ResourceServer,
  RevokedToken,
  TokenQuotaUse,
  Setup,
  SigningKey,
  Snapshot,
  Tenant,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEvent,
];

/** How the application and its command line reach the database. */
export function databaseAccess(settings: Settings, url: string): DatabaseAccess {
  return {
    url,
    ownerUrl: settings.databaseOwnerUrl,
    runtimeRole: settings.databaseRuntimeRole,
    poolSize: settings.databasePoolSize,
    entities,
  };
}

/** A data source as the user of the URL, whatever it may do: for tests of the schema. */
export function createDataSource(url: string, poolSize: number): DataSource {
  return new DataSource(dataSourceOptions({ url, poolSize, entities }));
}

/** For TypeORM's command line, which knows nothing of the embedded PostgreSQL: starts it, and stops it again. */
class CommandLineDataSource extends DataSource {
  private embedded: EmbeddedPostgres | undefined;

  override async initialize(): Promise<this> {
    const { databaseUrl, databaseOwnerUrl, dataDir } = parseEnvironment(
      await withDevelopmentKeys(process.env),
    );
    if (!databaseUrl) this.embedded = await startEmbeddedPostgres({ dataDir });
    const url = databaseOwnerUrl ?? databaseUrl ?? this.embedded?.adminUrl ?? '';
    // Row-level security binds the owner too: a migration that changes rows needs to see them.
    this.setOptions({ url: withSessionSettings(url, { scope: 'platform' }) });
    return super.initialize();
  }

  override async destroy(): Promise<void> {
    await super.destroy();
    await this.embedded?.stop();
  }
}

export default new CommandLineDataSource(
  dataSourceOptions({ url: 'postgres://localhost', poolSize: 2, entities }),
);
