import cluster from 'node:cluster';
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino, symbols } from 'pino';
import type { Settings } from '#libs/common';
import { LineBatches } from './line-batches.js';
import { redacted } from './redaction.js';

export type Log = Logger;

/** What every line of a worker says: which of them it is. Null: there is one process alone. */
export const workerFacts = cluster.worker ? { worker: cluster.worker.id, pid: process.pid } : null;

/**
 * The server's log: JSON lines, or text for a person's terminal.
 *
 * @param destination where the lines go; standard output when it is not given
 */
export async function createLog(
  settings: Pick<Settings, 'logLevel' | 'logFormat'>,
  destination?: DestinationStream,
): Promise<Log> {
  const options = {
    level: settings.logLevel,
    base: workerFacts,
    formatters: { level: (label: string) => ({ level: label }), log: redacted },
    // `redacted` has made it plain already; pino's own would copy every property of an error.
    serializers: { err: (facts: unknown) => facts },
    timestamp: () => `,"time":"${timestamp()}"`,
  };
  if (destination) return pino(options, destination);
  if (settings.logLevel === 'silent') return pino(options);
  return settings.logFormat === 'pretty'
    ? pino(options, await prettyStream())
    : pino(options, new LineBatches(1));
}

/** Where the log writes its lines, for what makes a line by itself. */
export function destinationOf(log: Log): DestinationStream {
  return (log as unknown as Record<symbol, DestinationStream>)[symbols.streamSym] as DestinationStream;
}

let lastMs = 0;
let lastTimestamp = '';

/** The time now, as RFC 3339 writes it; made once a millisecond. */
export function timestamp(): string {
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTimestamp = new Date(nowMs).toISOString();
  }
  return lastTimestamp;
}

async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    sync: true,
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    ignore: 'time,context',
  });
}

/** Nest's own messages, and those of its `Logger`, in the server's log. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    // Nest tells at start of every module and route.
    const level = nestStartup.has(`${rest.at(-1)}`) ? 'debug' : 'info';
    this.write(level, message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: keyof typeof levels, message: unknown, rest: unknown[]): void {
    if (!this.target.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    this.target[level](entryOf(message, typeof context === 'string' ? context : undefined));
  }
}

const levels = { trace: 1, debug: 1, info: 1, warn: 1, error: 1, fatal: 1 };
const nestStartup = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

function entryOf(message: unknown, context: string | undefined): Record<string, unknown> {
  if (message instanceof Error) return { context, err: message, msg: message.name };
  if (typeof message === 'object' && message !== null) return { context, ...message };
  return { context, msg: String(message) };
}
