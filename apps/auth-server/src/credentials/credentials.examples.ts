/** Bodies that create a credential, for the documentation. */
export const newCredentialExamples = {
  'A generated secret': { name: 'deploy 2026' },
  'Until the end of 2030': { name: 'contractor', expiresAt: '2030-12-31T23:59:59.000Z' },
  'Encrypted to a key of mine': {
    name: 'deploy 2026',
    deliverTo: {
      jwk: { kty: 'OKP', crv: 'X25519', x: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo' },
    },
  },
};

/** Bodies that change a credential, for the documentation. */
export const changesExamples = {
  Rename: { name: 'deploy' },
  'Set an end': { expiresAt: '2030-12-31T23:59:59.000Z' },
  'Take the end away': { expiresAt: null },
};

/** Bodies that rotate a credential, for the documentation. */
export const rotationExamples = {
  'An hour of overlap': { overlapSeconds: 3600 },
  'When nobody used the old secret for a day': { retireAfterQuietSeconds: 86_400 },
  'At once, for the old secret leaked': { overlapSeconds: 0 },
};

/** Bodies that bring an old credential back, for the documentation. */
export const overlapExamples = {
  'For another hour': { overlapSeconds: 3600 },
  'Until nobody used it for a day': { retireAfterQuietSeconds: 86_400 },
};
