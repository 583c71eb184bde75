import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '#libs/common';
import type { EmbeddedPostgres } from '#libs/database/embedded';
import type { Composition } from '../composition.js';
import type { Log } from '../http/logging/log.js';
import { announce } from './announcement.js';
import { startPostgres } from './embedded-database.js';
import { Lifecycle } from './lifecycle.js';

/** A process that serves requests: the only one, or a worker. */
export class ServerLifecycle extends Lifecycle {
  private postgres: EmbeddedPostgres | undefined;
  private composition: Composition | undefined;
  private app: NestFastifyApplication | undefined;

  /** @param isFirst whether it is the one that tells a person where the server is */
  constructor(
    private readonly settings: Settings,
    log: Log,
    private readonly isFirst: boolean,
  ) {
    super(log);
  }

  protected async start(): Promise<void> {
    const { settings, log } = this;
    // The database starts while half a second of imports goes on.
    const imports = Promise.all([import('../application.js'), import('../composition.js')]);
    const databaseUrl = settings.databaseUrl ?? (await this.startDatabase());
    const [{ createApplication }, { compose }] = await imports;
    this.composition = await compose(settings, databaseUrl);
    if (this.isEnding) return;
    this.app = await createApplication(this.composition.module, settings, log);
    await this.app.init();
    const operator = await this.composition.bootstrap(this.app);
    if (this.isEnding) return;
    await this.app.listen(settings.port, settings.host);
    if (this.isFirst) announce(settings, operator);
    log.info({ host: settings.host, port: settings.port, issuer: settings.issuer, msg: 'listening' });
  }

  protected async stop(): Promise<void> {
    if (this.app) {
      const { drain } = await import('../http/drain.js');
      const isClean = await drain(
        this.app.getHttpAdapter().getInstance(),
        this.settings.shutdownGraceSeconds,
      );
      if (!isClean) this.log.warn({ msg: 'requests were cut off at the end of the grace' });
      await this.app.close();
    }
    await this.composition?.close();
    await this.postgres?.stop();
  }

  private async startDatabase(): Promise<string> {
    this.postgres = await startPostgres(this.settings, this.log);
    return this.postgres.adminUrl;
  }
}
