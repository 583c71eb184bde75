import { Module } from '@nestjs/common';
import { type Permission, registerSystemRole } from '#libs/access';
import { ClientsModule } from '#libs/clients';
import { CredentialsModule } from '#libs/credentials';
import { OrganizationsModule } from '#libs/organizations';
import { ErrorShapes } from '../../http/problems/error-shapes.js';
import { SetupClientSnapshotsController } from './client-snapshots.controller.js';
import { RegistrationController } from './registration.controller.js';
import { registrationErrorShape } from './registration-error.filter.js';
import { ResourceServersController } from './resource-servers.controller.js';
import { SetupClientsController } from './setup-clients.controller.js';
import { setupClientsErrorShape } from './setup-clients-error.filter.js';
import { SetupSnapshotsController } from './setup-snapshots.controller.js';
import { SetupsController } from './setups.controller.js';

/** The surface under `/v2/modules/{module}/setups` and `/v3/modules/{module}/setups`. */
@Module({
  imports: [ClientsModule, CredentialsModule, OrganizationsModule],
  controllers: [
    SetupsController,
    SetupSnapshotsController,
    ResourceServersController,
    SetupClientsController,
    SetupClientSnapshotsController,
    RegistrationController,
  ],
})
export class SetupClientsModule {
  constructor(shapes: ErrorShapes) {
    shapes.register('/v2/modules', setupClientsErrorShape);
    shapes.register('/v3/modules', registrationErrorShape);
    registerSystemRole('nevisMeta.admin', onBoth('CREATE', 'READ', 'UPDATE', 'DELETE'));
    registerSystemRole('nevisMeta.user', onBoth('READ'));
  }
}

function onBoth(...privileges: Permission['privileges'][number][]): Permission[] {
  return ['Auth.Customer.Setups', 'Auth.Customer.Clients'].map((resource) => ({ resource, privileges }));
}
