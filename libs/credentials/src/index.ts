export { AuthenticationForesight, type WouldBeProof } from './authentication-foresight.js';
export type { DecisionTrace } from './authentication-rules.js';
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
export { type BroughtClient, ClientImport, type ImportOutcome } from './client-import.js';
export {
  ClientRegistration,
  type RegisteredWithSecret,
  type RegistrationDraft,
} from './client-registration.js';
export { ClientRegistry } from './client-registry.js';
export { Credential, type Quarantine } from './credential.entity.js';
export { CredentialCalendar } from './credential-calendar.js';
export { CredentialCensus } from './credential-census.js';
export type { CredentialDraft, IssuedCredential } from './credential-issuer.js';
export { statusOf } from './credential-lifetime.js';
export { CredentialSource } from './credential-source.entity.js';
export { CredentialUsage } from './credential-usage.js';
export { CredentialUse } from './credential-use.entity.js';
export { CredentialsModule } from './credentials.module.js';
export {
  type CredentialListFilter,
  CredentialsService,
  type CredentialUpdate,
  type CredentialWithUses,
} from './credentials.service.js';
export { DeliveryKey } from './delivery-key.js';
export { EnrolmentCode, enrolmentStatusOf } from './enrolment-code.entity.js';
export { type CreatedEnrolment, type EnrolmentDraft, EnrolmentsService } from './enrolments.service.js';
export { sourceOf } from './guess-limiter.js';
export type { ImportedClient, ImportedSecret, ImportNotice } from './imported-client.js';
export { type EnrolledKey, enrolmentPath, KeyEnrolment } from './key-enrolment.js';
export { Leak } from './leaks/leak.entity.js';
export { LeakReportQueue } from './leaks/leak-report-queue.js';
export { type LeakReport, LeakReports } from './leaks/leak-reports.js';
export { Quarantines } from './leaks/quarantines.js';
export { NetworkRefusal } from './network-refusal.entity.js';
export { NetworkReport } from './network-report.js';
export { NetworkWatch } from './network-watch.js';
export { type OperatorAccess, OperatorAccount } from './operator-account.js';
export { PepperCensus } from './pepper-census.js';
export { PepperCheck } from './pepper-check.js';
export { isInForce, type RegisteredClient, type RegisteredCredential } from './registered-client.js';
export type { Rotation } from './rotation-report.js';
export { type Overlap, type RotationDraft, Rotations } from './rotations.js';
export { findSecrets, generateSecret, hintOf, isWellFormed, secretPattern } from './secret-format.js';
export { type SetupClientDraft, SetupRegistration } from './setup-registration.js';
