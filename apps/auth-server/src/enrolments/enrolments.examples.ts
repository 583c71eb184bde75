/** Bodies that create a code, for the documentation. */
export const newEnrolmentExamples = {
  'For an hour': { name: 'worker 7' },
  'For a day, for a credential that ends': {
    name: 'contractor',
    expiresInSeconds: 86_400,
    credentialExpiresAt: '2030-12-31T23:59:59.000Z',
  },
};
