import { defineCommand, jsonOption, required } from '../command.js';
import { printKeys } from './signing-key.view.js';

export const retireSigningKey = defineCommand({
  name: 'signing-key retire',
  operands: ['<kid>'],
  summary: 'Take a key out of the published set.',
  details: 'Refused for the key that signs, and while a token that it signed may be alive.',
  options: { json: jsonOption },
  async run({ values, operands: [kid], open, terminal }) {
    const { keys, caller } = await open();
    printKeys(terminal, await keys.retire(caller, required(kid)), values.json);
  },
});
