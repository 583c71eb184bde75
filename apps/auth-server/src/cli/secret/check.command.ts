import { text } from 'node:stream/consumers';
import { defineCommand } from '../command.js';
import { CommandError, UsageError } from '../command-error.js';
import type { Terminal } from '../terminal.js';

const name = 'secret check';

/** Tells a mistyped secret from a wrong one, and a leaked one from a look-alike, without asking any server. */
export const checkSecret = defineCommand({
  name,
  operands: ['[<secret>|-]'],
  summary:
    'Tell whether a secret has the form and the checksum of a generated one, or find such secrets in files.',
  details: [
    'Works offline and never prints the secret. Without an argument, or with -, it reads standard input, which keeps',
    'the secret out of the history of the shell and the list of processes. Exit status 1: not well-formed. With --scan',
    'it prints file, line and a hint of each secret that it finds below the path; exit status 1: there are some.',
  ].join('\n'),
  options: {
    scan: { type: 'string', value: '<path>', sentence: 'A file, or a directory with all below it.' },
  },
  async run({ values, operands: [operand], terminal }) {
    if (values.scan === undefined) return checkOne(operand ?? '-', terminal);
    if (operand !== undefined) throw new UsageError('Give either a secret or --scan.', name);
    await scanAll(values.scan, terminal);
  },
});

async function checkOne(operand: string, terminal: Terminal): Promise<void> {
  const { isWellFormed, secretPattern } = await import('#libs/credentials');
  const secret = operand === '-' ? (await text(terminal.stdin)).replace(/\r?\n$/, '') : operand;
  if (isWellFormed(secret)) {
    terminal.print('The secret is well-formed: its checksum is right.');
    return;
  }
  if (secretPattern.test(secret))
    throw new CommandError(
      'The secret is not well-formed: its checksum is wrong. It was mistyped or made up.',
    );
  throw new CommandError('This is not a whole generated secret: cls_, 43 characters, _ and 6 characters.');
}

async function scanAll(root: string, terminal: Terminal): Promise<void> {
  const { scan } = await import('./scan.js');
  let count = 0;
  for await (const { path, line, hint } of scan(root)) {
    count++;
    terminal.print(`${path}:${line}: ${hint}`);
  }
  if (count > 0) throw new CommandError(count === 1 ? 'There is 1 secret.' : `There are ${count} secrets.`);
  terminal.print('There is no secret.');
}
