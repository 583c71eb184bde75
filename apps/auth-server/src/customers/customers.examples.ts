/** Bodies that create a customer, for the documentation. */
export const newCustomerExamples = {
  'A customer with two tenants': { id: 'ABC', name: 'ABC Ltd.', tenants: ['tenant1', 'tenant2'] },
  'Short tokens, at most ten per client': {
    id: 'ABC',
    tenants: ['tenant1'],
    multitokenConfig: { clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed: 10 } },
    settings: { accessTokenTtlSeconds: 600, maxAccessTokenTtlSeconds: 1800 },
  },
};

/** Bodies that replace a customer, for the documentation. */
export const customerExamples = {
  Rename: { name: 'ABC Holding', description: 'Formerly ABC Ltd.' },
  Suspend: { name: 'ABC Ltd.', enabled: false },
  'The same token while it lives': {
    name: 'ABC Ltd.',
    multitokenConfig: { clientCredentialsMultiTokenConfig: null },
  },
};
