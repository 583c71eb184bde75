import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CommandLine } from '#app/cli/command-line';
import { Terminal } from '#app/cli/terminal';
import { noteOutput } from '#test/support/leak-watch';
import { testSettings } from '#test/support/settings';

/** The compiled command line, for tests that start it by themselves. */
export const commandLineProgram = fileURLToPath(
  new URL('../../../apps/auth-server/src/cli/main.js', import.meta.url),
);

/** What a command left behind. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Runs the real command within this process, which saves the second that loading the libraries takes. */
export async function runCommandLine(
  args: readonly string[],
  { env = {}, input = '' }: CommandOptions = {},
): Promise<CommandResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written = Promise.all([text(stdout), text(stderr)]);
  const terminal = new Terminal(Readable.from([input]), stdout, stderr);
  const exitCode = await new CommandLine(env, terminal).run(args);
  for (const stream of [stdout, stderr]) stream.end();
  const [out, errors] = await written;
  noteOutput('the standard error of a command', errors);
  return { exitCode, stdout: out, stderr: errors };
}

interface ProcessOptions extends CommandOptions {
  /** Closes the pipe of standard output after its first piece, as `head` does. */
  readonly stopsReading?: true;
}

/** Runs it as a process of its own, with nothing of our environment but what it needs to start. */
export async function spawnCommandLine(
  args: readonly string[],
  { env = {}, input = '', stopsReading }: ProcessOptions = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [commandLineProgram, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  child.stdin.on('error', () => undefined).end(input);
  if (stopsReading) child.stdout.once('data', () => child.stdout.destroy());
  const stdout = stopsReading ? Promise.resolve('') : text(child.stdout);
  const [[exitCode], out, stderr] = await Promise.all([once(child, 'exit'), stdout, text(child.stderr)]);
  noteOutput('the standard error of a command', stderr);
  return { exitCode, stdout: out, stderr };
}

/** The environment of a server under test: its database and its keys. */
export function environmentOf(databaseUrl: string): NodeJS.ProcessEnv {
  const { masterKeys, secretPeppers } = testSettings();
  return {
    DATABASE_URL: databaseUrl,
    MASTER_KEY: masterKeys.map((key) => key.toString('base64')).join(','),
    SECRET_PEPPER: secretPeppers.map((key) => key.toString('base64')).join(','),
    BCRYPT_COST: '4',
  };
}
