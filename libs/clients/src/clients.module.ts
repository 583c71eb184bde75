import { Module } from '@nestjs/common';
import { OrganizationsModule } from '#libs/organizations';
import { WebhooksModule } from '#libs/webhooks';
import { ClientAdmission } from './client-admission.js';
import { ClientHistory } from './client-history.js';
import { ClientsService } from './clients.service.js';
import { ScheduledChanges } from './scheduled-changes.js';
import { SetupClientsService } from './setup-clients.service.js';
import { SetupRemoval } from './setup-removal.js';

/** The clients of the organizations, and what is planned for them. */
@Module({
  imports: [OrganizationsModule, WebhooksModule],
  providers: [
    ClientAdmission,
    ClientHistory,
    ClientsService,
    SetupClientsService,
    SetupRemoval,
    ScheduledChanges,
  ],
  exports: [ClientsService, SetupClientsService, SetupRemoval, ScheduledChanges],
})
export class ClientsModule {}
