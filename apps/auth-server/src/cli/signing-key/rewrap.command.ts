import { defineCommand, jsonOption } from '../command.js';

export const rewrapSigningKeys = defineCommand({
  name: 'signing-key rewrap',
  operands: [],
  summary: 'Seal the private keys anew under the first key of MASTER_KEY.',
  details:
    'For a change of the master key: give the new one before the old one, rewrap, then take the old one away.',
  options: { json: jsonOption },
  async run({ values, open, terminal }) {
    const { rewrapper, caller } = await open();
    const rewrapped = await rewrapper.rewrapAll(caller);
    if (values.json) terminal.printJson({ rewrapped });
    else terminal.print(`Sealed ${rewrapped} keys anew.`);
  },
});
