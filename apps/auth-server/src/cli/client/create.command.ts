import { defineCommand, jsonOption, required } from '../command.js';
import { CommandError } from '../command-error.js';
import { toGrants } from '../role-option.js';

const name = 'client create';
const usualMethods = ['client_secret_basic', 'client_secret_post'];

/** What the API's create of a client does, under the same rules. */
export const createClient = defineCommand({
  name,
  operands: ['<customerId>', '<clientId>'],
  summary: 'Create a client of a customer and print its secret, the one time that it is known.',
  options: {
    name: { type: 'string', value: '<text>', sentence: 'A name for people.' },
    description: { type: 'string', value: '<text>', sentence: 'What it is for.' },
    'grant-type': {
      type: 'string',
      multiple: true,
      value: '<type>',
      sentence: 'Default: client_credentials.',
    },
    'auth-method': {
      type: 'string',
      multiple: true,
      value: '<method>',
      sentence: `Default: ${usualMethods.join(' and ')}.`,
    },
    scope: { type: 'string', multiple: true, value: '<scope>', sentence: 'A scope that it may request.' },
    role: {
      type: 'string',
      multiple: true,
      value: '<ROLE[=tenant,…]>',
      sentence: 'A role, with the tenants for which it has it.',
    },
    json: jsonOption,
  },
  async run({ values, operands: [customerId, clientId], open, terminal }) {
    const { BodyPipe } = await import('../../http/parsing/body.pipe.js');
    const { ClientBody } = await import('../../clients/clients.dto.js');
    const { fromClient, inWireNames } = await import('../../clients/clients.mapper.js');
    const given = {
      clientId,
      clientName: values.name,
      clientDescription: values.description,
      authorizedGrantTypes: orUsual(values['grant-type'], ['client_credentials']),
      clientAuthenticationMethods: orUsual(values['auth-method'], usualMethods),
      scope: [...values.scope],
      clientPermissions: { roles: toGrants(values.role, name) },
    };
    const body = new BodyPipe(ClientBody).transform(given) as InstanceType<typeof ClientBody>;
    const { organizations, registration, caller } = await open();
    const organization = await organizations.find(required(customerId));
    if (!organization) throw new CommandError('The customer does not exist.');
    const [registered] = await inWireNames(registration.register(caller, organization, [fromClient(body)]));
    terminal.printSecret(body.clientId, registered?.secret as string, values.json, { customerId });
  },
});

function orUsual(given: readonly string[], usual: readonly string[]): string[] {
  return [...(given.length > 0 ? given : usual)];
}
