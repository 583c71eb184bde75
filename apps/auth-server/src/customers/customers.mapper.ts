import { type Issue, invalid } from '#libs/common';
import type { OrganizationDraft, OrganizationOverview, OrganizationSettings } from '#libs/organizations';
import { fromAllowedNetworks, toAllowedNetworks } from './allowed-networks.mapper.js';
import type { CustomerAnswer, CustomerBody, MultitokenConfig, NewCustomerBody } from './customers.dto.js';

type Reuse = Pick<OrganizationDraft, 'tokenReuse' | 'maxActiveTokens'>;

/** The organization that a create asks for; its tenants are created with it. */
export function fromNewCustomer(body: NewCustomerBody): OrganizationDraft {
  return draftOf(body.id, body);
}

/**
 * The organization as it is to be.
 *
 * @throws DomainError `invalid` when the body names another customer, or other tenants or roles than there are
 */
export function fromCustomer(body: CustomerBody, present: OrganizationOverview): OrganizationDraft {
  const { customerId } = present.organization;
  const issues: Issue[] = [];
  if (body.id !== undefined && body.id !== customerId) {
    issues.push({ path: 'id', message: 'must be the id of the path' });
  }
  if (!isSameSet(body.tenants, present.tenantIds)) {
    issues.push({ path: 'tenants', message: 'must be left out or as they are; they change at …/tenants' });
  }
  if (!isSameSet(body.customerSpecificRoles, present.roleNames)) {
    const message = 'must be left out or as they are; they change at …/roles/permissions';
    issues.push({ path: 'customerSpecificRoles', message });
  }
  if (issues.length > 0) throw invalid('The body is not valid.', issues);
  return draftOf(customerId, body);
}

/** A customer as it is answered, in the key order of the document; what is ours comes last. */
export function toCustomer({ organization, tenantIds, roleNames }: OrganizationOverview): CustomerAnswer {
  return {
    id: organization.customerId,
    tenants: tenantIds,
    description: organization.description,
    customerSpecificRoles: roleNames,
    customSettings: { jwtVersion: organization.jwtVersion },
    multitokenConfig: toMultitokenConfig(organization),
    name: organization.name,
    enabled: organization.enabled,
    settings: toSettings(organization.settings),
  };
}

function draftOf(customerId: string, body: Omit<CustomerBody, 'id'>): OrganizationDraft {
  return {
    customerId,
    name: body.name ?? customerId,
    description: body.description ?? null,
    enabled: body.enabled ?? true,
    settings: settingsOf(body),
    jwtVersion: body.customSettings?.jwtVersion ?? null,
    ...fromMultitokenConfig(body.multitokenConfig),
  };
}

/** Only what was given: what is left out must follow the server's own settings. */
function settingsOf({ settings = {} }: Omit<CustomerBody, 'id'>): OrganizationSettings {
  const given = JSON.parse(JSON.stringify(settings)) as OrganizationSettings;
  const { allowedNetworks } = settings;
  return allowedNetworks ? { ...given, allowedNetworks: fromAllowedNetworks(allowedNetworks) } : given;
}

function toSettings({ allowedNetworks, ...settings }: OrganizationSettings): CustomerAnswer['settings'] {
  if (!allowedNetworks) return settings;
  const { mode, networks } = toAllowedNetworks(allowedNetworks);
  return { ...settings, allowedNetworks: { mode, networks: [...networks] } };
}

/** Absent: fresh tokens. Without a limit: multi-token is off, so the same token is answered again. */
function fromMultitokenConfig(config: MultitokenConfig | null | undefined): Reuse {
  if (!config) return { tokenReuse: 'fresh', maxActiveTokens: null };
  const limit = config.clientCredentialsMultiTokenConfig;
  if (!limit) return { tokenReuse: 'reuse', maxActiveTokens: null };
  return { tokenReuse: 'limited', maxActiveTokens: limit.maxActiveTokensAllowed };
}

function toMultitokenConfig({ tokenReuse, maxActiveTokens }: Reuse): MultitokenConfig | null {
  if (tokenReuse === 'fresh') return null;
  if (maxActiveTokens === null) return { clientCredentialsMultiTokenConfig: null };
  return { clientCredentialsMultiTokenConfig: { maxActiveTokensAllowed: maxActiveTokens } };
}

function isSameSet(given: readonly string[] | undefined, present: readonly string[]): boolean {
  if (given === undefined) return true;
  const set = new Set(given);
  return set.size === present.length && present.every((item) => set.has(item));
}
