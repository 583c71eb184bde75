export { KeyRewrapper } from './key-rewrapper.js';
export type { ActiveKey, VerificationKey } from './key-set.js';
export { KeysModule } from './keys.module.js';
export { SealedValues } from './sealed-values.js';
export { isSigningAlgorithm, type SigningAlgorithm, signingAlgorithms } from './signing-algorithm.js';
export { SigningKey } from './signing-key.entity.js';
export { SigningKeyRotation } from './signing-key-rotation.js';
export { SigningKeys } from './signing-keys.service.js';
