import { Inject, Module } from '@nestjs/common';
import { registerAuthorityScope } from '#libs/access';
import { ClientsModule } from '#libs/clients';
import { CredentialsModule } from '#libs/credentials';
import { TokensModule } from '#libs/tokens';
import { ErrorShapes } from '../../http/problems/error-shapes.js';
import { SecurityModule } from '../../security/security.module.js';
import { ClientCredentialsV0Controller } from './client-credentials-v0.controller.js';
import { v0ErrorShape } from './client-credentials-v0-error.filter.js';
import { TokenV0Controller } from './token-v0.controller.js';

const resource = 'Auth.Customer.Clients.Credentials';
registerAuthorityScope('client-credentials:write', [
  { resource, privileges: ['CREATE', 'UPDATE', 'DELETE'] },
  // Here a credential is deleted together with its client.
  { resource: 'Auth.Customer.Clients', privileges: ['DELETE'] },
]);
registerAuthorityScope('client-credentials:read', [{ resource, privileges: ['READ'] }]);

/** Pairs of client id and secret, and tokens for them, at `/api/v0`. */
@Module({
  imports: [ClientsModule, CredentialsModule, SecurityModule, TokensModule],
  controllers: [ClientCredentialsV0Controller, TokenV0Controller],
})
export class ClientCredentialsV0Module {
  constructor(@Inject(ErrorShapes) shapes: ErrorShapes) {
    shapes.register('/api/v0', v0ErrorShape);
  }
}
