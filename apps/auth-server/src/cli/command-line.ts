import { type Command, runCommand } from './command.js';
import { CommandError, DamageError, UsageError } from './command-error.js';
import { commands } from './commands.js';
import { renderCommand, renderList } from './help.js';
import type { Libraries } from './libraries.js';
import type { Terminal } from './terminal.js';

/** What a command ends with, for whoever started it. */
export const exitStatus = { done: 0, failed: 1, usage: 2, damaged: 3 } as const;

/** One run of the command line. */
export class CommandLine {
  private opening: Promise<Libraries> | undefined;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly terminal: Terminal,
  ) {}

  /** Finds the command, runs it, and tells what went wrong. @returns the exit status */
  async run(args: readonly string[]): Promise<number> {
    try {
      try {
        await this.find(args);
      } finally {
        await this.close();
      }
      return exitStatus.done;
    } catch (error) {
      return this.report(error);
    }
  }

  /** Lets go of the database: an embedded one that nobody else uses would run on. */
  async close(): Promise<void> {
    const libraries = await this.opening?.catch(() => undefined);
    await libraries?.close();
  }

  private async find(args: readonly string[]): Promise<void> {
    const words = args.filter((arg) => !isHelp(arg));
    const group = commands.filter(({ name }) => startsLike(name, words));
    const command = group.find(({ name }) => words.length >= 2 && name === words.slice(0, 2).join(' '));
    if (args.length > words.length && (command || group.length > 0)) {
      this.terminal.print(command ? renderCommand(command) : renderList(group));
      return;
    }
    if (!command) throw new UsageError(complaintAbout(words, group), '');
    await runCommand(command, args.slice(2), { open: () => this.open(), terminal: this.terminal });
  }

  private open(): Promise<Libraries> {
    this.opening ??= import('./libraries.js').then(({ openLibraries }) =>
      openLibraries(this.env, this.terminal),
    );
    return this.opening;
  }

  private async report(error: unknown): Promise<number> {
    // Who reads our output has seen enough.
    if ((error as { code?: string })?.code === 'EPIPE') return exitStatus.failed;
    const { terminal } = this;
    if (error instanceof UsageError) {
      terminal.tell(error.message);
      terminal.tell(`npm run cli -- ${error.command ? `${error.command} ` : ''}--help tells what there is.`);
      return exitStatus.usage;
    }
    terminal.tell(
      error instanceof CommandError ? error.message : (await import('./explain.js')).explain(error),
    );
    return error instanceof DamageError ? exitStatus.damaged : exitStatus.failed;
  }
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

/** Whether what was typed so far, noun or noun and verb, can become this command. */
function startsLike(name: string, words: readonly string[]): boolean {
  const parts = name.split(' ');
  return words.slice(0, 2).every((word, index) => parts[index] === word);
}

function complaintAbout(words: readonly string[], group: readonly Command[]): string {
  if (words.length === 0) return 'A command is missing.';
  if (group.length > 0) return `A command is missing behind ${words[0]}.`;
  return 'There is no such command.';
}
