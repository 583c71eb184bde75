import type { EntityManager } from 'typeorm';
import { forbidden, notFound } from '#libs/common';
import type { OrganizationRef } from './organization.entity.js';
import { Setup } from './setup.entity.js';

/** @throws DomainError `not_found` */
export async function getSetup(
  manager: EntityManager,
  organization: OrganizationRef,
  id: string,
): Promise<Setup> {
  const setup = await manager.findOneBy(Setup, { organizationId: organization.id, id });
  if (!setup) throw notFound('setup');
  return setup;
}

/** @throws DomainError `forbidden`: the default setup stands for what was made without one, and does not go */
export function mustBeDeletable(setup: Setup): void {
  if (setup.isDefault) throw forbidden('The default setup cannot be deleted.', 'delete_forbidden');
}
