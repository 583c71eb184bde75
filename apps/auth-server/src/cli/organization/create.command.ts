import { defineCommand, jsonOption } from '../command.js';

/** What the API's create of a customer does, under the same rules. */
export const createOrganization = defineCommand({
  name: 'organization create',
  operands: ['<customerId>'],
  summary: 'Create an organization, which the API calls a customer.',
  options: {
    name: { type: 'string', value: '<text>', sentence: 'Default: the customerId.' },
    description: { type: 'string', value: '<text>', sentence: 'What it is for.' },
    tenant: { type: 'string', multiple: true, value: '<tenantId>', sentence: 'A tenant to begin with.' },
    json: jsonOption,
  },
  async run({ values, operands: [id], open, terminal }) {
    const { BodyPipe } = await import('../../http/parsing/body.pipe.js');
    const { NewCustomerBody } = await import('../../customers/customers.dto.js');
    const { fromNewCustomer } = await import('../../customers/customers.mapper.js');
    const { name, description, tenant } = values;
    const given = { id, name, description, tenants: [...tenant] };
    const body = new BodyPipe(NewCustomerBody).transform(given) as InstanceType<typeof NewCustomerBody>;
    const { organizations, caller } = await open();
    const tenants = body.tenants ?? [];
    const organization = await organizations.create(caller, fromNewCustomer(body), tenants);
    if (values.json) terminal.printJson({ id: organization.customerId, name: organization.name, tenants });
    else terminal.print(`Created the organization ${organization.customerId}.`);
  },
});
