import { Module } from '@nestjs/common';
import { OrganizationsModule } from '#libs/organizations';
import { ClientsService } from './clients.service.js';

/** The clients of the organizations. */
@Module({ imports: [OrganizationsModule], providers: [ClientsService], exports: [ClientsService] })
export class ClientsModule {}
