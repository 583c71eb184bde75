import { Module } from '@nestjs/common';
import { ClientsModule } from '#libs/clients';
import { OrganizationsModule } from '#libs/organizations';
import { WebhooksModule } from '#libs/webhooks';
import { AuthenticationForesight } from './authentication-foresight.js';
import { ClientAuthenticator } from './client-authenticator.js';
import { ClientDirectory } from './client-directory.js';
import { ClientImport } from './client-import.js';
import { ClientLoader } from './client-loader.js';
import { ClientRegistration } from './client-registration.js';
import { ClientRegistry } from './client-registry.js';
import { CredentialCalendar } from './credential-calendar.js';
import { CredentialCensus } from './credential-census.js';
import { CredentialIssuer } from './credential-issuer.js';
import { CredentialUsage } from './credential-usage.js';
import { CredentialsService } from './credentials.service.js';
import { EnrolmentsService } from './enrolments.service.js';
import { GuessLimiter } from './guess-limiter.js';
import { HashedCredentials } from './hashed-credentials.js';
import { KeyEnrolment } from './key-enrolment.js';
import { LateUses } from './late-uses.js';
import { LeakFinder } from './leaks/leak-finder.js';
import { LeakReportQueue } from './leaks/leak-report-queue.js';
import { LeakReports } from './leaks/leak-reports.js';
import { LeakResponse } from './leaks/leak-response.js';
import { Quarantines } from './leaks/quarantines.js';
import { ClientLock } from './locked-client.js';
import { NetworkReport } from './network-report.js';
import { NetworkWatch } from './network-watch.js';
import { OperatorAccount } from './operator-account.js';
import { PepperCensus } from './pepper-census.js';
import { PepperCheck } from './pepper-check.js';
import { QuietRetirement } from './quiet-retirement.js';
import { RotationReport } from './rotation-report.js';
import { Rotations } from './rotations.js';
import { SecretHasher } from './secret-hasher.js';
import { SecretMaker } from './secret-maker.js';
import { SecretRenewal } from './secret-renewal.js';
import { SetupRegistration } from './setup-registration.js';
import { SlowHash } from './slow-hash.js';
import { Succession } from './succession.js';

/** The credentials of clients, and the proof of clients by them. */
@Module({
  imports: [ClientsModule, OrganizationsModule, WebhooksModule],
  providers: [
    AuthenticationForesight,
    ClientAuthenticator,
    ClientDirectory,
    ClientImport,
    ClientLoader,
    ClientLock,
    ClientRegistration,
    ClientRegistry,
    CredentialCalendar,
    CredentialCensus,
    CredentialIssuer,
    CredentialUsage,
    CredentialsService,
    EnrolmentsService,
    GuessLimiter,
    LateUses,
    HashedCredentials,
    KeyEnrolment,
    LeakFinder,
    LeakReportQueue,
    LeakReports,
    LeakResponse,
    NetworkReport,
    NetworkWatch,
    OperatorAccount,
    PepperCensus,
    PepperCheck,
    Quarantines,
    QuietRetirement,
    RotationReport,
    Rotations,
    SecretHasher,
    SecretMaker,
    SecretRenewal,
    SetupRegistration,
    SlowHash,
    Succession,
  ],
  exports: [
    AuthenticationForesight,
    ClientDirectory,
    ClientAuthenticator,
    ClientImport,
    ClientRegistration,
    ClientRegistry,
    CredentialCensus,
    CredentialsService,
    EnrolmentsService,
    KeyEnrolment,
    LeakReportQueue,
    LeakReports,
    NetworkReport,
    NetworkWatch,
    OperatorAccount,
    PepperCensus,
    PepperCheck,
    Quarantines,
    Rotations,
    SetupRegistration,
  ],
})
export class CredentialsModule {}
