import { defineCommand, jsonOption, required } from '../command.js';
import { printKeys } from './signing-key.view.js';

export const announceSigningKey = defineCommand({
  name: 'signing-key announce',
  operands: ['<alg>'],
  summary: 'Make a new key and publish it; it does not sign yet.',
  options: { json: jsonOption },
  async run({ values, operands: [alg], open, terminal }) {
    const { keys, caller } = await open();
    printKeys(terminal, await keys.announce(caller, required(alg)), values.json);
  },
});
