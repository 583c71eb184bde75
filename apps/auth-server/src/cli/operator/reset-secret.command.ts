import { defineCommand, jsonOption } from '../command.js';

/** The way back in for an operator who has lost the secret, or whose secret others have. */
export const resetOperatorSecret = defineCommand({
  name: 'operator reset-secret',
  operands: [],
  summary: 'Give the operator client a new secret and print it.',
  details:
    'The old secrets and every token bought with them end at once. BOOTSTRAP_CLIENT_ID names the client.',
  options: { json: jsonOption },
  async run({ values, open, terminal }) {
    const { clientId, secret } = await (await open()).operator.resetSecret();
    terminal.printSecret(clientId, secret, values.json);
  },
});
