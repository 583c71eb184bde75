import { text } from 'node:stream/consumers';
import { defineCommand } from '../command.js';
import { CommandError } from '../command-error.js';
import { print } from '../print.js';

/** Tells a mistyped secret from a wrong one, and a leaked one from a look-alike, without asking any server. */
export const checkSecret = defineCommand({
  name: 'secret check',
  operands: ['[<secret>|-]'],
  summary: 'Tell whether a secret has the form and the checksum of a generated one.',
  details: [
    'Works offline and never prints the secret. Without an argument, or with -, it reads standard input, which keeps',
    'the secret out of the history of the shell and the list of processes. Exit status 1: not well-formed.',
  ].join('\n'),
  options: {},
  async run({ operands: [operand = '-'] }) {
    const { isWellFormed, secretPattern } = await import('#libs/credentials');
    const secret = operand === '-' ? (await text(process.stdin)).replace(/\r?\n$/, '') : operand;
    if (isWellFormed(secret)) {
      print('The secret is well-formed: its checksum is right.');
      return;
    }
    if (secretPattern.test(secret))
      throw new CommandError(
        'The secret is not well-formed: its checksum is wrong. It was mistyped or made up.',
      );
    throw new CommandError('This is not a whole generated secret: cls_, 43 characters, _ and 6 characters.');
  },
});
