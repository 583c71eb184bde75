import { Module } from '@nestjs/common';
import { OrganizationDirectory } from './organization-directory.js';
import { OrganizationOverviews } from './organization-overviews.js';
import { OrganizationsService } from './organizations.service.js';
import { ResourceServersService } from './resource-servers.service.js';
import { RolesService } from './roles.service.js';
import { SetupsService } from './setups.service.js';
import { Snapshots } from './snapshots.js';
import { TenantsService } from './tenants.service.js';

const services = [
  OrganizationsService,
  OrganizationDirectory,
  OrganizationOverviews,
  TenantsService,
  RolesService,
  SetupsService,
  ResourceServersService,
  Snapshots,
];

/** Organizations, their tenants, their own roles, their setups, and the history of these. */
@Module({ providers: services, exports: services })
export class OrganizationsModule {}
