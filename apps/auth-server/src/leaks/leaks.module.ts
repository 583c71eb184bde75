import { Module } from '@nestjs/common';
import { CredentialsModule } from '#libs/credentials';
import { SecurityModule } from '../security/security.module.js';
import { GithubKeys } from './github-keys.js';
import { GithubLeaksController } from './github-leaks.controller.js';
import { GithubSignatureGuard } from './github-signature.guard.js';
import { LeakMetrics } from './leak-metrics.js';
import { LeakReportsController } from './leak-reports.controller.js';
import { LeaksController } from './leaks.controller.js';

/** Reports of leaked secrets: from GitHub, from anybody; and what came of them, for the customers. */
@Module({
  imports: [CredentialsModule, SecurityModule],
  controllers: [GithubLeaksController, LeakReportsController, LeaksController],
  providers: [GithubKeys, GithubSignatureGuard, LeakMetrics],
})
export class LeaksModule {}
