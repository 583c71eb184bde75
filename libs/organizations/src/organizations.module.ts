import { Module } from '@nestjs/common';
import { OrganizationsService } from './organizations.service.js';
import { RolesService } from './roles.service.js';
import { TenantsService } from './tenants.service.js';

/** Organizations, their tenants and their own roles. */
@Module({
  providers: [OrganizationsService, TenantsService, RolesService],
  exports: [OrganizationsService, TenantsService, RolesService],
})
export class OrganizationsModule {}
