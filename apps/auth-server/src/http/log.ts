import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Settings } from '#libs/common';
import { redacted } from './redaction.js';

export type Log = Logger;

/** The server's log: JSON lines on standard output, or text for a person's terminal. */
export async function createLog(settings: Pick<Settings, 'logLevel' | 'logFormat'>): Promise<Log> {
  const options = {
    level: settings.logLevel,
    base: null,
    formatters: { level: (label: string) => ({ level: label }), log: redacted },
    // `redacted` has made it plain already; pino's own would copy every property of an error.
    serializers: { err: (facts: unknown) => facts },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (settings.logLevel === 'silent') return pino(options);
  return settings.logFormat === 'pretty' ? pino(options, await prettyStream()) : pino(options, jsonStream());
}

/** Collects lines and writes them together: a write a line would cost more than the line. */
function jsonStream(): DestinationStream {
  const stream = destination({ dest: 1, sync: false, minLength: 4096 });
  const timer = setInterval(() => stream.flush(), 250);
  timer.unref();
  process.once('exit', () => flush(() => stream.flushSync()));
  return stream;
}

/** A pipe that nobody reads any more must not turn the end of the process into a crash. */
function flush(write: () => void): void {
  try {
    write();
  } catch {
    // There is nowhere left to report it to.
  }
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
