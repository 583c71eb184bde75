import { Inject, Module } from '@nestjs/common';
import { registerAuthorityScope } from '#libs/access';
import { CredentialsModule } from '#libs/credentials';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/organizations';
import { TokensModule } from '#libs/tokens';
import { ErrorShapes } from '../../http/problems/error-shapes.js';
import { SecurityModule } from '../../security/security.module.js';
import { PlatformCredentialsController } from './platform-clientauth.controller.js';
import { platformErrorShape } from './platform-clientauth-error.filter.js';
import { PlatformTokenController } from './platform-token.controller.js';

const resource = 'Auth.Customer.Clients.Credentials';
registerAuthorityScope('credentials:clientauth:write', [
  { resource, privileges: ['CREATE', 'UPDATE', 'DELETE'] },
]);
registerAuthorityScope('credentials:clientauth:read', [{ resource, privileges: ['READ'] }]);

/** Credentials and tokens of the caller's platform, at `/platform/clientauth`. */
@Module({
  imports: [CredentialsModule, KeysModule, OrganizationsModule, SecurityModule, TokensModule],
  controllers: [PlatformCredentialsController, PlatformTokenController],
})
export class PlatformClientAuthModule {
  constructor(@Inject(ErrorShapes) shapes: ErrorShapes) {
    shapes.register('/platform/clientauth', platformErrorShape);
  }
}
