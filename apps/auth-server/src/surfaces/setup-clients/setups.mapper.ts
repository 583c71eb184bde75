import { type Issue, invalid, type Page } from '#libs/common';
import {
  type ClientDefaults,
  type FoundParent,
  type MetadataEntry,
  type SetupState,
  type SetupVersion,
  usualClientDefaults,
  usualScopePolicies,
} from '#libs/organizations';
import type { MetadataItem } from './metadata.dto.js';
import type { WirePage } from './paged-ids.interceptor.js';
import type { CreatedSetup, SetupAnswer, SetupBody } from './setups.dto.js';
import type { Labels } from './states.query.js';
import { toWireId } from './wire-id.js';

/** A setup that a body asks for, and from when on. */
export interface SetupDraft {
  readonly state: SetupState;
  readonly validFrom: Date | undefined;
}

/** @throws DomainError `invalid` for a scope policy that is none */
export function fromSetup(body: SetupBody): SetupDraft {
  return {
    state: {
      name: body.name,
      owner: body.owner ?? null,
      comment: body.comment ?? null,
      metadata: fromMetadata(body.metadata),
      clientDefaults: fromClientDefaults(body.client_defaults),
      resourceServerDefaults: body.resource_server_defaults
        ? fromScopePolicies(body.resource_server_defaults, 'resource_server_defaults')
        : usualScopePolicies,
    },
    validFrom: fromValidFrom(body.valid_from),
  };
}

export function toSetup({ state, validFrom }: Pick<SetupVersion, 'state' | 'validFrom'>): SetupAnswer {
  const { clientDefaults } = state;
  return {
    name: state.name,
    ...(state.owner !== null && { owner: state.owner }),
    ...(state.comment !== null && { comment: state.comment }),
    metadata: toMetadata(state.metadata),
    valid_from: validFrom.toISOString(),
    client_defaults: {
      force_reauthentication: clientDefaults.forceReauthentication,
      access_token_ttl: clientDefaults.accessTokenTtlSeconds,
      refresh_token_ttl: clientDefaults.refreshTokenTtlSeconds,
      id_token_ttl: clientDefaults.idTokenTtlSeconds,
      persisted_consent_ttl: clientDefaults.persistedConsentTtlSeconds,
      grant_types: clientDefaults.grantTypes,
    },
    resource_server_defaults: state.resourceServerDefaults,
  };
}

export function toCreatedSetup({ id }: Pick<SetupVersion, 'id'>): CreatedSetup {
  return { setupId: toWireId(id) };
}

/** Ids under the name that the list has. */
export function toIds(
  { items, nextCursor }: Page<Pick<FoundParent, 'id'>>,
  name: 'setupIds' | 'clientIds' | 'snapshotIds' | 'resourceServerIds',
): WirePage {
  return { body: { [name]: items.map(({ id }) => toWireId(id)) }, nextCursor };
}

/** What the state of a setup contains that has these labels. */
export function fromSetupLabels(labels: Labels): object {
  return labels;
}

export function fromMetadata(metadata: readonly MetadataItem[] | null | undefined): MetadataEntry[] {
  return (metadata ?? []).map(({ name, locale, value }) => ({ name, locale: locale ?? null, value }));
}

export function toMetadata(metadata: readonly MetadataEntry[]): MetadataItem[] {
  return metadata.map(({ name, locale, value }) => ({ name, ...(locale !== null && { locale }), value }));
}

/** Whether it has passed is for the domain to say. */
export function fromValidFrom(validFrom: string | null | undefined): Date | undefined {
  return validFrom ? new Date(validFrom) : undefined;
}

/** @throws DomainError `invalid` */
export function fromScopePolicies(policies: Record<string, unknown>, path: string): Record<string, string> {
  const issues: Issue[] = [];
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(policies)) {
    if (!/^scope_policy_[a-z0-9_]{1,64}$/.test(name)) continue;
    if (typeof value === 'string' && /^[a-z][a-z0-9_-]{0,63}$/i.test(value)) known[name] = value;
    else issues.push({ path: `${path}.${name}`, message: 'must be a word, such as consent_required' });
  }
  if (issues.length > 0) throw invalid('The body is not valid.', issues);
  return known;
}

function fromClientDefaults(body: SetupBody['client_defaults']): ClientDefaults {
  const usual = usualClientDefaults;
  return {
    forceReauthentication: body?.force_reauthentication ?? usual.forceReauthentication,
    accessTokenTtlSeconds: body?.access_token_ttl ?? usual.accessTokenTtlSeconds,
    refreshTokenTtlSeconds: body?.refresh_token_ttl ?? usual.refreshTokenTtlSeconds,
    idTokenTtlSeconds: body?.id_token_ttl ?? usual.idTokenTtlSeconds,
    persistedConsentTtlSeconds: body?.persisted_consent_ttl ?? usual.persistedConsentTtlSeconds,
    grantTypes: body?.grant_types ?? usual.grantTypes,
  };
}
