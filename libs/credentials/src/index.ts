export { AuthenticationForesight, type WouldBeProof } from './authentication/authentication-foresight.js';
export type { DecisionTrace } from './authentication/authentication-rules.js';
export {
  type AuthenticatedClient,
  ClientAuthenticator,
} from './authentication/client-authenticator.js';
export { sourceOf } from './authentication/guess-limiter.js';
export { Credential, type Quarantine } from './credential.entity.js';
export { CredentialCalendar } from './credential-calendar.js';
export { CredentialCensus } from './credential-census.js';
export type { CredentialDraft, IssuedCredential } from './credential-issuer.js';
export { statusOf } from './credential-lifetime.js';
export { CredentialsModule } from './credentials.module.js';
export {
  type CredentialListFilter,
  CredentialsService,
  type CredentialUpdate,
  type CredentialWithUses,
} from './credentials.service.js';
export { EnrolmentCode, enrolmentStatusOf } from './enrolment/enrolment-code.entity.js';
export {
  type CreatedEnrolment,
  type EnrolmentDraft,
  EnrolmentsService,
} from './enrolment/enrolments.service.js';
export { type EnrolledKey, enrolmentPath, KeyEnrolment } from './enrolment/key-enrolment.js';
export { Leak } from './leaks/leak.entity.js';
export { LeakReportQueue } from './leaks/leak-report-queue.js';
export { type LeakReport, LeakReports } from './leaks/leak-reports.js';
export { Quarantines } from './leaks/quarantines.js';
export { NetworkRefusal } from './networks/network-refusal.entity.js';
export { NetworkReport } from './networks/network-report.js';
export { NetworkWatch } from './networks/network-watch.js';
export { authorityOf, roleGrantsOf } from './registration/client-authority.js';
export { type BroughtClient, ClientImport, type ImportOutcome } from './registration/client-import.js';
export {
  ClientRegistration,
  type RegisteredWithSecret,
  type RegistrationDraft,
} from './registration/client-registration.js';
export type { ImportedClient, ImportedSecret, ImportNotice } from './registration/imported-client.js';
export { type OperatorAccess, OperatorAccount } from './registration/operator-account.js';
export { type SetupClientDraft, SetupRegistration } from './registration/setup-registration.js';
export {
  ClientDirectory,
  type ClientFilter,
  type ClientWithUse,
  type CredentialOfClient,
  type Slice,
  type SliceRequest,
} from './registry/client-directory.js';
export { ClientRegistry } from './registry/client-registry.js';
export { isInForce, type RegisteredClient, type RegisteredCredential } from './registry/registered-client.js';
export type { Rotation } from './rotation/rotation-report.js';
export { type Overlap, type RotationDraft, Rotations } from './rotation/rotations.js';
export { DeliveryKey } from './secrets/delivery-key.js';
export { PepperCensus } from './secrets/pepper-census.js';
export { PepperCheck } from './secrets/pepper-check.js';
export { findSecrets, generateSecret, hintOf, isWellFormed, secretPattern } from './secrets/secret-format.js';
export { CredentialSource } from './usage/credential-source.entity.js';
export { CredentialUsage } from './usage/credential-usage.js';
export { CredentialUse } from './usage/credential-use.entity.js';
