import { invalid } from '#libs/common';
import { type SetupState, usualClientDefaults, usualScopePolicies } from './setup.entity.js';

/** @param ceiling that of the organization. @throws DomainError `invalid` for a lifetime beyond it */
export function mustRespectCeiling({ clientDefaults }: SetupState, ceiling: number | undefined): void {
  const most = Math.max(ceiling ?? 0, usualClientDefaults.accessTokenTtlSeconds);
  if (clientDefaults.accessTokenTtlSeconds <= most) return;
  throw invalid('The setup is not valid.', [
    { path: 'clientDefaults.accessTokenTtlSeconds', message: `must be at most ${most}` },
  ]);
}

/** What a setup is that nobody configured. */
export function usualSetupState(name: string): SetupState {
  return {
    name,
    owner: null,
    comment: null,
    metadata: [],
    clientDefaults: usualClientDefaults,
    resourceServerDefaults: usualScopePolicies,
  };
}

/** The part of a setup that has a history. */
export function setupStateOf({
  name,
  owner,
  comment,
  metadata,
  clientDefaults,
  resourceServerDefaults,
}: SetupState): SetupState {
  return { name, owner, comment, metadata, clientDefaults, resourceServerDefaults };
}
