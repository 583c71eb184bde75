import { Module } from '@nestjs/common';
import { registerAuthorityScope } from '#libs/access';
import { ClientsModule } from '#libs/clients';
import { Clock } from '#libs/common';
import { CredentialsModule } from '#libs/credentials';
import { OrganizationsModule } from '#libs/organizations';
import { TokensModule } from '#libs/tokens';
import { ErrorShapes } from '../../http/problems/error-shapes.js';
import { OAuthModule } from '../../oauth/oauth.module.js';
import { TokenAnswerExtensions } from '../../oauth/token-answer-extensions.js';
import { OAuthClientsController, V3OAuthClientsController } from './oauth-clients.controller.js';
import { surfaceName, toTokenMembers } from './oauth-clients.mapper.js';
import { OAuthClientsService } from './oauth-clients.service.js';
import { errorShapeBy } from './oauth-clients-error.filter.js';

const resource = 'auth.customer.clients';
registerAuthorityScope('sp:oauth-client:manage', [
  { resource, privileges: ['CREATE', 'READ', 'UPDATE', 'DELETE'] },
]);
registerAuthorityScope('sp:oauth-client:read', [{ resource, privileges: ['READ'] }]);
registerAuthorityScope('sp:scopes:all', 'owner');

/** The surface under `/oauth-clients` and `/v3/oauth-clients`. */
@Module({
  imports: [ClientsModule, CredentialsModule, OrganizationsModule, TokensModule, OAuthModule],
  controllers: [OAuthClientsController, V3OAuthClientsController],
  providers: [OAuthClientsService],
})
export class OAuthClientsModule {
  constructor(shapes: ErrorShapes, extensions: TokenAnswerExtensions, clock: Clock) {
    const shape = errorShapeBy(clock);
    shapes.register('/oauth-clients', shape);
    shapes.register('/v3/oauth-clients', shape);
    extensions.register(surfaceName, toTokenMembers);
  }
}
