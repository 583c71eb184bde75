import { Inject, Module } from '@nestjs/common';
import { CredentialsModule, enrolmentPath } from '#libs/credentials';
import { IdempotencyModule } from '#libs/idempotency';
import { HttpModule } from '../http/http.module.js';
import { ErrorShapes } from '../http/problems/error-shapes.js';
import { oauthErrorShape } from '../http/problems/oauth-error-shape.js';
import { SecurityModule } from '../security/security.module.js';
import { EnrolmentsController } from './enrolments.controller.js';
import { RedemptionController } from './redemption.controller.js';

/** The native admin API: codes by which machines register their public keys, and where they do so. */
@Module({
  imports: [CredentialsModule, HttpModule, IdempotencyModule, SecurityModule],
  controllers: [EnrolmentsController, RedemptionController],
})
export class EnrolmentsModule {
  constructor(@Inject(ErrorShapes) shapes: ErrorShapes) {
    shapes.register(enrolmentPath, oauthErrorShape);
  }
}
