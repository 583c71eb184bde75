export {
  type LeakPolicy,
  leakPolicies,
  lockOrganization,
  Organization,
  type OrganizationRef,
  type OrganizationSettings,
  type TokenQuota,
  type TokenReuse,
} from './organization.entity.js';
export { OrganizationDirectory } from './organization-directory.js';
export { type OrganizationOverview, OrganizationOverviews } from './organization-overviews.js';
export { OrganizationRole } from './organization-role.entity.js';
export { OrganizationsModule } from './organizations.module.js';
export { type OrganizationDraft, OrganizationsService } from './organizations.service.js';
export { ResourceServer } from './resource-server.entity.js';
export {
  declaredScopes,
  type ResourceServerDraft,
  ResourceServersService,
} from './resource-servers.service.js';
export { RolesService } from './roles.service.js';
export {
  type ClientDefaults,
  grantTypesFor,
  type MetadataEntry,
  Setup,
  type SetupState,
  usualClientDefaults,
  usualScopePolicies,
} from './setup.entity.js';
export { getSetup, mustBeDeletable } from './setup-rows.js';
export { SetupsService, type SetupVersion } from './setups.service.js';
export { Snapshot } from './snapshot.entity.js';
export { type DueSnapshot, type FoundParent, type Moment, Snapshots } from './snapshots.js';
export { Tenant } from './tenant.entity.js';
export { TenantsService } from './tenants.service.js';
