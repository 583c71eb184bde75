import { Module } from '@nestjs/common';
import { OrganizationOverviews } from './organization-overviews.js';
import { OrganizationsService } from './organizations.service.js';
import { RolesService } from './roles.service.js';
import { TenantsService } from './tenants.service.js';

/** Organizations, their tenants and their own roles. */
@Module({
  providers: [OrganizationsService, OrganizationOverviews, TenantsService, RolesService],
  exports: [OrganizationsService, OrganizationOverviews, TenantsService, RolesService],
})
export class OrganizationsModule {}
