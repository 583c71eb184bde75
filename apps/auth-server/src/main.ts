import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '#libs/common';
import type { OperatorAccess } from '#libs/credentials';
import type { EmbeddedPostgres } from '#libs/database/embedded';
import type { Composition } from './composition.js';
import { EnvironmentError, parseEnvironment, withDevelopmentKeys } from './environment.js';
import type { Log } from './http/log.js';

const parentCheckIntervalMs = 500;
const exitOnSecondSignal = 130;

/** The whole life of the process: start, announce, wait for the end, drain. */
async function run(): Promise<void> {
  const settings = parseEnvironment(withDevelopmentKeys(process.env));
  const { createLog } = await import('./http/log.js');
  const log = await createLog(settings);
  exitOnFault(log);
  const lifecycle = new Lifecycle(settings, log);
  // Registered before anything is started, so that an early signal does not leave PostgreSQL behind.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => lifecycle.end(signal));
  endWithNpm(() => lifecycle.end('end of npm'));
  await lifecycle.begin();
}

/** Starts the parts in order and stops them in the reverse order, whenever it is told to. */
class Lifecycle {
  private postgres: EmbeddedPostgres | undefined;
  private composition: Composition | undefined;
  private app: NestFastifyApplication | undefined;
  private beginning: Promise<void> = Promise.resolve();
  private isEnding = false;

  constructor(
    private readonly settings: Settings,
    private readonly log: Log,
  ) {}

  /** @throws what kept it from starting, after everything that did start was stopped again */
  async begin(): Promise<void> {
    this.beginning = this.start();
    try {
      await this.beginning;
    } catch (error) {
      if (this.isEnding) return;
      await this.stop();
      throw error;
    }
  }

  /** Ends the process: gracefully at first, at once when asked again. */
  end(reason: string): void {
    if (this.isEnding) process.exit(exitOnSecondSignal);
    this.isEnding = true;
    this.log.info({ reason, msg: 'shutting down' });
    // A part that is half started can't be stopped.
    const settled = this.beginning.catch(() => {});
    settled
      .then(() => this.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          this.log.fatal({ err: error, msg: 'shutdown failed' });
          process.exit(1);
        },
      );
  }

  private async start(): Promise<void> {
    const { settings, log } = this;
    // The database starts while half a second of imports goes on.
    const imports = Promise.all([import('./application.js'), import('./composition.js')]);
    const databaseUrl = settings.databaseUrl ?? (await this.startPostgres());
    const [{ createApplication }, { compose }] = await imports;
    this.composition = await compose(settings, databaseUrl);
    if (this.isEnding) return;
    this.app = await createApplication(this.composition.module, settings, log);
    await this.app.init();
    const operator = await this.composition.bootstrap(this.app);
    if (this.isEnding) return;
    await this.app.listen(settings.port, settings.host);
    announce(settings, operator);
    log.info({ host: settings.host, port: settings.port, issuer: settings.issuer, msg: 'listening' });
  }

  /** Stops whatever was started so far. */
  private async stop(): Promise<void> {
    if (this.app) {
      const { drain } = await import('./http/drain.js');
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

  private async startPostgres(): Promise<string> {
    const { startEmbeddedPostgres } = await import('#libs/database/embedded');
    this.postgres = await startEmbeddedPostgres({
      dataDir: this.settings.dataDir,
      log: (level, message, details) => this.log[level]({ ...details, msg: message }),
    });
    return this.postgres.adminUrl;
  }
}

/** Tells a person where the server is, and the operator's secret the one time that it is known. */
function announce(settings: Settings, operator: OperatorAccess | undefined): void {
  // Not through the log, which is kept and shipped: it must never hold a secret.
  if (!operator && settings.logFormat !== 'pretty') return;
  const here = addressOf(settings);
  const lines = ['', `  Clientele is ready at ${here}`, `  API documentation: ${here}/docs`, ''];
  if (operator) lines.push(...operatorLines(operator, here), '');
  process.stderr.write(`${lines.join('\n')}\n`);
}

function operatorLines({ clientId, secret, isChosen }: OperatorAccess, here: string): string[] {
  // A secret of the operator's own choice need not be shown; the shell fills it in.
  const shown = isChosen ? '$BOOTSTRAP_CLIENT_SECRET' : secret;
  const login = isChosen ? `${inShell(`${clientId}:`)}"${shown}"` : inShell(`${clientId}:${secret}`);
  return [
    '  The operator client, shown this once:',
    `    client id      ${clientId}`,
    `    client secret  ${shown}`,
    '',
    '  Get a token with it:',
    `    curl -s -u ${login} -d grant_type=client_credentials ${here}/oauth/token`,
  ];
}

/** A text as one word of a shell's command line. */
function inShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** An address that works on this machine also when the server listens on all of them. */
function addressOf({ host, port }: Settings): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** `kill` of npm ends npm's shell and leaves this process behind; it then gets another parent. */
function endWithNpm(end: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, parentCheckIntervalMs);
  timer.unref();
}

/** A fault that nobody caught leaves the process in a state that nobody knows. */
function exitOnFault(log: Log): void {
  const exit = (error: unknown) => {
    log.fatal({ err: error, msg: 'uncaught fault' });
    process.exit(1);
  };
  process.on('uncaughtException', exit);
  process.on('unhandledRejection', exit);
}

/** What the operator gave does not fit the data; told by name, for their classes are not loaded yet. */
const errorsForOperator = new Set(['DatabaseRoleError', 'EmbeddedPostgresError', 'PepperError', 'SealError']);

/** One line for what an operator can mend; a stack for the rest. */
function explain(error: unknown): string {
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${address} is in use by another process. Set PORT to another one.`;
  if (code === 'EACCES' && port) return `Port ${port} needs more rights. Set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `The address ${address} does not belong to this machine. Check HOST.`;
  const isForOperator =
    error instanceof EnvironmentError || errorsForOperator.has((error as Error | undefined)?.name ?? '');
  if (error instanceof Error) return isForOperator ? error.message : (error.stack ?? error.message);
  return String(error);
}

run().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
