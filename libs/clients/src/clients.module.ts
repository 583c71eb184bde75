import { Module } from '@nestjs/common';
import { OrganizationsModule } from '#libs/organizations';
import { ClientAdmission } from './client-admission.js';
import { ClientsService } from './clients.service.js';

/** The clients of the organizations. */
@Module({
  imports: [OrganizationsModule],
  providers: [ClientAdmission, ClientsService],
  exports: [ClientsService],
})
export class ClientsModule {}
