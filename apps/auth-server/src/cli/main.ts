import { CommandLine, exitStatus } from './command-line.js';
import { Terminal } from './terminal.js';

const { stdin, stdout, stderr, env, argv } = process;
const commandLine = new CommandLine(env, new Terminal(stdin, stdout, stderr));

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => void commandLine.close().finally(() => process.exit(status)));
// Reported by the command that writes; a reader that has gone is no crash.
stdout.on('error', () => {
  process.exitCode = exitStatus.failed;
});
const status = await commandLine.run(argv.slice(2));
// What failed half-way may have left connections that nobody can close any more.
if (status !== exitStatus.done) process.exit(status);
