const setup = {
  name: 'Production',
  owner: 'identity-team',
  metadata: [{ name: 'department', locale: 'de-CH', value: 'Buchhaltung' }],
  client_defaults: { access_token_ttl: 600, grant_types: ['client_credentials'] },
  resource_server_defaults: { scope_policy_authorization_code: 'consent_required' },
};

/** Bodies that create setups, for the documentation. */
export const setupExamples = {
  'Machines only': setup,
  'The smallest': { name: 'Test' },
  'From a moment on': { ...setup, valid_from: '2100-01-01T00:00:00.000Z' },
};

/** Bodies that create resource servers, for the documentation. */
export const resourceServerExamples = {
  'Two scopes': {
    name: 'Orders',
    scopes: ['orders:read', { name: 'orders:write', description: 'Change orders' }],
  },
};
