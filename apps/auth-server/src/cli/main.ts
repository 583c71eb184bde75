import { type Command, runCommand } from './command.js';
import { CommandError, DamageError, UsageError } from './command-error.js';
import { commands } from './commands.js';
import { renderCommand, renderList } from './help.js';
import type { Libraries } from './libraries.js';
import { print, tell } from './print.js';

const exitCodes = { failed: 1, usage: 2, damaged: 3, SIGINT: 130, SIGTERM: 143 } as const;
let opening: Promise<Libraries> | undefined;

/** Finds the command and runs it. @throws whatever it throws */
async function run(args: readonly string[]): Promise<void> {
  const words = args.filter((arg) => !isHelp(arg));
  const group = commands.filter(({ name }) => startsLike(name, words));
  const command = group.find(({ name }) => words.length >= 2 && name === words.slice(0, 2).join(' '));
  if (args.length > words.length && (command || group.length > 0)) {
    print(command ? renderCommand(command) : renderList(group));
    return;
  }
  if (!command) throw new UsageError(complaintAbout(words, group), '');
  await runCommand(command, args.slice(2), open);
}

function open(): Promise<Libraries> {
  opening ??= import('./libraries.js').then(({ openLibraries }) => openLibraries(process.env));
  return opening;
}

async function close(): Promise<void> {
  const libraries = await opening?.catch(() => undefined);
  await libraries?.close();
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

/** @returns the exit status */
async function report(error: unknown): Promise<number> {
  // Who reads our output has seen enough.
  if ((error as { code?: string })?.code === 'EPIPE') return exitCodes.failed;
  if (error instanceof UsageError) {
    tell(error.message);
    tell(`npm run cli -- ${error.command ? `${error.command} ` : ''}--help tells what there is.`);
    return exitCodes.usage;
  }
  tell(error instanceof CommandError ? error.message : (await import('./explain.js')).explain(error));
  return error instanceof DamageError ? exitCodes.damaged : exitCodes.failed;
}

/** Lets go of the database first: an embedded one that nobody else uses would run on. */
function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void close().finally(() => process.exit(exitCodes[signal])));
}

endOnSignals();
// Reported by the command that writes; a reader that has gone is no crash.
process.stdout.on('error', () => {
  process.exitCode = exitCodes.failed;
});
try {
  try {
    await run(process.argv.slice(2));
  } finally {
    await close();
  }
} catch (error) {
  // What failed half-way may have left connections that nobody can close any more.
  process.exit(await report(error));
}
