/** The client of the document's example. */
const documentsExample = {
  businessName: 'Acme-Solar',
  homepageUrl: 'http://localhost:12345',
  name: 'Demo API Client',
  description: 'An API client used for the authorization_code, refresh_token, and client_credentials flows',
  accessTokenValiditySeconds: 750,
  refreshTokenValiditySeconds: 86_400,
  redirectUris: ['http://localhost:12345'],
  grantTypes: ['AUTHORIZATION_CODE', 'CLIENT_CREDENTIALS', 'REFRESH_TOKEN'],
  accessType: 'OFFLINE',
  type: 'CONFIDENTIAL',
  internal: false,
  enabled: true,
  strongAuthSupported: false,
  claimsSupported: false,
  scope: ['demo:api-client-scope:first', 'demo:api-client-scope:second'],
};

/** Bodies that create a client, for the documentation. */
export const newClientExamples = {
  'Demo API Client': documentsExample,
  'Only what is required': {
    name: 'Nightly import',
    description: 'Brings the accounts of the night.',
    accessTokenValiditySeconds: 750,
    grantTypes: ['CLIENT_CREDENTIALS'],
    accessType: 'ONLINE',
    enabled: true,
  },
};

/** Patches of a client, for the documentation. */
export const patchExamples = {
  Describe: [{ op: 'replace', path: '/description', value: 'The client of the nightly import' }],
  'Disable, if it still has that name': [
    { op: 'test', path: '/name', value: 'Demo API Client' },
    { op: 'replace', path: '/enabled', value: false },
  ],
};
