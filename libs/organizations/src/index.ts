export {
  Organization,
  type OrganizationRef,
  type OrganizationSettings,
  type TokenReuse,
} from './organization.entity.js';
export { type OrganizationOverview, OrganizationOverviews } from './organization-overviews.js';
export { OrganizationRole } from './organization-role.entity.js';
export { OrganizationsModule } from './organizations.module.js';
export { type OrganizationDraft, OrganizationsService } from './organizations.service.js';
export { RolesService } from './roles.service.js';
export { Tenant } from './tenant.entity.js';
export { TenantsService } from './tenants.service.js';
