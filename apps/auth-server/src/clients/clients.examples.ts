/** The example of the document this API follows. */
const documentsExample = {
  clientId: 'test_client',
  clientPermissions: { roles: { ROLE_ADMIN_TENANT: ['tenant1'], ROLE_API: ['tenant1'] } },
  authorities: [],
  resourceIds: [],
  authorizedGrantTypes: ['client_credentials'],
  clientDescription: null,
  clientName: null,
  clientEmail: null,
  redirectUri: [],
  accessTokenValidity: null,
  refreshTokenValidity: null,
  defaultRolesAssignmentEnabled: false,
  clientAuthenticationMethods: ['client_secret_post', 'client_secret_basic'],
};

const smallest = {
  clientId: 'nightly_export',
  authorizedGrantTypes: ['client_credentials'],
  clientAuthenticationMethods: ['client_secret_basic'],
};

/** Bodies that create clients, for the documentation. */
export const newClientExamples = {
  'Tenant-specific access': [documentsExample],
  'An administrator of the customer': [
    { ...smallest, clientId: 'abc_admin', clientPermissions: { roles: { ROLE_ADMIN_CUSTOMER: [] } } },
  ],
  'Two at once': [smallest, { ...smallest, clientId: 'hourly_import', accessTokenValidity: 600 }],
};

/** Bodies that replace a client, for the documentation. */
export const clientExamples = {
  'Without a new secret': { ...documentsExample, clientName: 'Test', accessTokenValidity: 1800 },
  Disable: { ...documentsExample, enabled: false },
};

/** Bodies that replace several clients, for the documentation. */
export const clientArrayExamples = { 'Two at once': newClientExamples['Two at once'] };

/** Token requests to be explained, for the documentation. */
export const explainExamples = {
  'The usual request': {},
  'From an address, with a scope': { scope: 'read', address: '192.0.2.7' },
};
