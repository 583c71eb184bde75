import { Module } from '@nestjs/common';
import { ClientsModule } from '#libs/clients';
import { OrganizationsModule } from '#libs/organizations';
import { WebhooksModule } from '#libs/webhooks';
import { AuthenticationForesight } from './authentication/authentication-foresight.js';
import { ClientAuthenticator } from './authentication/client-authenticator.js';
import { GuessLimiter } from './authentication/guess-limiter.js';
import { CredentialCalendar } from './credential-calendar.js';
import { CredentialCensus } from './credential-census.js';
import { CredentialIssuer } from './credential-issuer.js';
import { CredentialsService } from './credentials.service.js';
import { EnrolmentsService } from './enrolment/enrolments.service.js';
import { KeyEnrolment } from './enrolment/key-enrolment.js';
import { LeakFinder } from './leaks/leak-finder.js';
import { LeakReportQueue } from './leaks/leak-report-queue.js';
import { LeakReports } from './leaks/leak-reports.js';
import { LeakResponse } from './leaks/leak-response.js';
import { Quarantines } from './leaks/quarantines.js';
import { NetworkReport } from './networks/network-report.js';
import { NetworkWatch } from './networks/network-watch.js';
import { ClientImport } from './registration/client-import.js';
import { ClientRegistration } from './registration/client-registration.js';
import { ClientLock } from './registration/locked-client.js';
import { OperatorAccount } from './registration/operator-account.js';
import { SetupRegistration } from './registration/setup-registration.js';
import { ClientDirectory } from './registry/client-directory.js';
import { ClientLoader } from './registry/client-loader.js';
import { ClientRegistry } from './registry/client-registry.js';
import { ClientRows } from './registry/client-rows.js';
import { LateUses } from './rotation/late-uses.js';
import { QuietRetirement } from './rotation/quiet-retirement.js';
import { RotationReport } from './rotation/rotation-report.js';
import { Rotations } from './rotation/rotations.js';
import { Succession } from './rotation/succession.js';
import { HashedCredentials } from './secrets/hashed-credentials.js';
import { PepperCensus } from './secrets/pepper-census.js';
import { PepperCheck } from './secrets/pepper-check.js';
import { SecretHasher } from './secrets/secret-hasher.js';
import { SecretMaker } from './secrets/secret-maker.js';
import { SecretRenewal } from './secrets/secret-renewal.js';
import { SlowHash } from './secrets/slow-hash.js';
import { CredentialUsage } from './usage/credential-usage.js';

/** The credentials of clients, and the proof of clients by them. */
@Module({
  imports: [ClientsModule, OrganizationsModule, WebhooksModule],
  providers: [
    AuthenticationForesight,
    ClientAuthenticator,
    ClientDirectory,
    ClientImport,
    ClientLoader,
    ClientRows,
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
