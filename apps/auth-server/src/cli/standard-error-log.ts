import type { LoggerService } from '@nestjs/common';
import type { Settings } from '#libs/common';
import { errorFacts } from '../http/logging/redaction.js';
import type { Terminal } from './terminal.js';

/** What libraries have to say while a command runs: warnings and worse, on standard error. */
export class StandardErrorLog implements LoggerService {
  private readonly isSilent: boolean;

  constructor(
    level: Settings['logLevel'],
    private readonly terminal: Terminal,
  ) {
    this.isSilent = level === 'silent';
  }

  log(): void {}

  warn(message: unknown): void {
    this.write(message);
  }

  error(message: unknown): void {
    this.write(message);
  }

  fatal(message: unknown): void {
    this.write(message);
  }

  private write(message: unknown): void {
    if (this.isSilent) return;
    const text = message instanceof Error ? (errorFacts(message) as { message: string }).message : message;
    this.terminal.tell(String(text));
  }
}
