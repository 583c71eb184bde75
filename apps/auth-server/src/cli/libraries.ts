import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Principal } from '#libs/access';
import { AuditCheckpoints, AuditSigner, AuditTrail, ChainVerifier } from '#libs/audit';
import type { Settings } from '#libs/common';
import {
  ClientImport,
  ClientRegistration,
  OperatorAccount,
  PepperCensus,
  PepperCheck,
} from '#libs/credentials';
import { openDatabase } from '#libs/database';
import { startEmbeddedPostgres } from '#libs/database/embedded';
import { KeyRewrapper, SealedValues, SigningKeys } from '#libs/keys';
import { OrganizationsService } from '#libs/organizations';
import { databaseAccess } from '#ormconfig';
import { mustNameDatabase, parseEnvironment, withDevelopmentKeys } from '../environment.js';
import { CommandLineModule } from './command-line.module.js';
import { StandardErrorLog } from './standard-error-log.js';
import type { Terminal } from './terminal.js';

/** Somebody waits at the terminal, and can try again. */
const patienceMs = 0;

/** What the commands use of the libraries. */
export interface Libraries {
  /** Whoever may start commands has the operator's rights; the audit log names them so. */
  readonly caller: Principal;
  readonly organizations: OrganizationsService;
  readonly registration: ClientRegistration;
  readonly clientImport: ClientImport;
  readonly operator: OperatorAccount;
  readonly keys: SigningKeys;
  readonly rewrapper: KeyRewrapper;
  readonly sealedValues: SealedValues;
  readonly peppers: PepperCensus;
  readonly trail: AuditTrail;
  readonly verifier: ChainVerifier;
  readonly sealing: AuditCheckpoints;
  readonly auditSigner: AuditSigner;
  close(): Promise<void>;
}

/** Opens the libraries on the database of the server, whether that is running or not; without HTTP. */
export async function openLibraries(env: NodeJS.ProcessEnv, terminal: Terminal): Promise<Libraries> {
  mustNameDatabase(env);
  const settings = parseEnvironment(withDevelopmentKeys(env));
  const log = new StandardErrorLog(settings.logLevel, terminal);
  Logger.overrideLogger(log);
  const closings: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closing of closings.splice(0)) await closing();
  };
  try {
    const url = settings.databaseUrl ?? (await joinEmbeddedPostgres(settings, closings));
    const database = await openDatabase(databaseAccess(settings, url), patienceMs);
    closings.unshift(() => database.close());
    const module = CommandLineModule.forRoot(settings, database);
    const context = await NestFactory.createApplicationContext(module, { logger: log, abortOnError: false });
    closings.unshift(() => context.close());
    await context.get(PepperCheck, { strict: false }).mustFitStoredSecrets();
    return {
      caller: Principal.system('command line'),
      organizations: context.get(OrganizationsService, { strict: false }),
      registration: context.get(ClientRegistration, { strict: false }),
      clientImport: context.get(ClientImport, { strict: false }),
      operator: context.get(OperatorAccount, { strict: false }),
      keys: context.get(SigningKeys, { strict: false }),
      rewrapper: context.get(KeyRewrapper, { strict: false }),
      sealedValues: context.get(SealedValues, { strict: false }),
      peppers: context.get(PepperCensus, { strict: false }),
      trail: context.get(AuditTrail, { strict: false }),
      verifier: context.get(ChainVerifier, { strict: false }),
      sealing: context.get(AuditCheckpoints, { strict: false }),
      auditSigner: context.get(AuditSigner, { strict: false }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A running server goes on using it; when there is none, it runs for as long as the command. */
async function joinEmbeddedPostgres(
  { dataDir }: Settings,
  closings: (() => Promise<void>)[],
): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir, supervise: false });
  closings.unshift(() => postgres.stop());
  return postgres.adminUrl;
}
