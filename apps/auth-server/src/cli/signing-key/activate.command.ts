import { defineCommand, jsonOption, required } from '../command.js';
import { printKeys } from './signing-key.view.js';

export const activateSigningKey = defineCommand({
  name: 'signing-key activate',
  operands: ['<kid>'],
  summary: 'Have an announced key sign from now on.',
  details: 'The one that signed before it goes on verifying. A key too recently announced is refused.',
  options: { json: jsonOption },
  async run({ values, operands: [kid], open, terminal }) {
    const { keys, caller } = await open();
    printKeys(terminal, await keys.activate(caller, required(kid)), values.json);
  },
});
