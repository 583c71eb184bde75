import { defineCommand, jsonOption } from '../command.js';
import { printKeys } from './signing-key.view.js';

export const listSigningKeys = defineCommand({
  name: 'signing-key list',
  operands: [],
  summary: 'List the keys that sign tokens, the oldest first.',
  options: { json: jsonOption },
  async run({ values, open, terminal }) {
    const { keys, caller } = await open();
    printKeys(terminal, await keys.list(caller), values.json);
  },
});
