import { Module } from '@nestjs/common';
import { IdempotencyModule } from '#libs/idempotency';
import { OrganizationsModule } from '#libs/organizations';
import { CustomersController } from './customers.controller.js';
import { RolesController } from './roles.controller.js';
import { SystemRolesController } from './system-roles.controller.js';
import { TenantsController } from './tenants.controller.js';

/** The native admin API: customers with their tenants and roles. */
@Module({
  imports: [OrganizationsModule, IdempotencyModule],
  controllers: [CustomersController, TenantsController, RolesController, SystemRolesController],
})
export class CustomersModule {}
