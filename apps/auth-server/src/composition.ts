import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '#libs/common';
import { type OperatorAccess, OperatorAccount, PepperCheck } from '#libs/credentials';
import { openDatabase } from '#libs/database';
import { databaseAccess } from '#ormconfig';
import { AppModule } from './app.module.js';

/** The parts that the application is put together from, and what ends with it. */
export interface Composition {
  readonly module: DynamicModule;
  /**
   * Makes the first operator if there is none; its secret can be told this once.
   *
   * @throws PepperError when no stored secret can be verified
   */
  bootstrap(app: NestFastifyApplication): Promise<OperatorAccess | undefined>;
  close(): Promise<void>;
}

/** Opens the database, brings its schema up to date, and puts the application together on it. */
export async function compose(settings: Settings, databaseUrl: string): Promise<Composition> {
  const database = await openDatabase(databaseAccess(settings, databaseUrl));
  return {
    module: AppModule.forRoot(settings, database),
    bootstrap: async (app) => {
      await app.get(PepperCheck, { strict: false }).mustFitStoredSecrets();
      return app.get(OperatorAccount, { strict: false }).makeFirst();
    },
    close: () => database.close(),
  };
}
