/** Bodies that create clients, for the documentation. */
export const clientExamples = {
  'A machine': {
    name: 'Nightly export',
    confidentiality_type: 'confidential',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_basic',
    access_token_ttl: 600,
    owner: 'data-team',
    metadata: [{ name: 'department', locale: 'de-CH', value: 'Buchhaltung' }],
  },
  'The smallest': { name: 'Website', confidentiality_type: 'confidential' },
  'An app on a phone': {
    name: 'App',
    confidentiality_type: 'public',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['https://app.example/callback'],
    pkce_mode: 's256-required',
  },
};

/** Bodies that register clients, for the documentation. */
export const registrationExamples = {
  'A machine': {
    client_name: 'Nightly export',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_basic',
  },
  'A website': {
    client_name: 'Website',
    redirect_uris: ['https://client.example/callback'],
    client_uri: 'https://client.example/',
    contacts: ['team@client.example'],
  },
};
