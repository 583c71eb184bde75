export {
  type AuthenticatedClient,
  ClientAuthenticator,
} from './client-authenticator.js';
export { authorityOf, roleGrantsOf } from './client-authority.js';
export {
  ClientDirectory,
  type ClientFilter,
  type ClientWithUse,
  type CredentialOfClient,
  type Slice,
  type SliceRequest,
} from './client-directory.js';
export {
  ClientRegistration,
  type RegisteredWithSecret,
  type RegistrationDraft,
} from './client-registration.js';
export { ClientRegistry } from './client-registry.js';
export { Credential, statusOf } from './credential.entity.js';
export type { CredentialDraft, IssuedCredential } from './credential-issuer.js';
export { CredentialsModule } from './credentials.module.js';
export { CredentialsService, type RotationDraft } from './credentials.service.js';
export { type OperatorAccess, OperatorAccount } from './operator-account.js';
export { PepperCheck } from './pepper-check.js';
export { isInForce, type RegisteredClient, type RegisteredCredential } from './registered-client.js';
export { generateSecret, isWellFormed, secretPattern } from './secret-format.js';
export { type SetupClientDraft, SetupRegistration } from './setup-registration.js';
