import { Inject, Module } from '@nestjs/common';
import { CredentialsModule, enrolmentPath } from '#libs/credentials';
import { IdempotencyModule } from '#libs/idempotency';
import { ErrorShapes } from '../http/error-shapes.js';
import { HttpModule } from '../http/http.module.js';
import { oauthErrorShape } from '../http/oauth-error-shape.js';
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
