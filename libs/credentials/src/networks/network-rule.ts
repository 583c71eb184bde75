import { type AllowedNetworks, NetworkSet, type NetworksMode } from '#libs/common';
import type { Quarantine } from '../credential.entity.js';

/** Whose list it is, or that of a quarantine. All of them must allow an address. */
export type NetworkLevel = 'organization' | 'client' | 'credential' | 'quarantine';

type Lists = Readonly<Record<Exclude<NetworkLevel, 'quarantine'>, AllowedNetworks | null | undefined>>;

/** One level's list, made ready. */
export interface NetworkRule {
  readonly level: NetworkLevel;
  readonly mode: NetworksMode;
  readonly networks: NetworkSet;
}

const none: readonly NetworkRule[] = [];

/** In the order in which they are judged. */
export const networkLevels: readonly NetworkLevel[] = ['organization', 'client', 'credential', 'quarantine'];

/**
 * The list of a quarantine: where the credential was used before, and the networks that its narrowest list allows,
 * also if that one only reports.
 */
function quarantineList(
  quarantine: Quarantine | null,
  { organization, client, credential }: Lists,
): AllowedNetworks | null {
  if (quarantine === null) return null;
  const narrowest = credential ?? client ?? organization;
  return { mode: 'enforce', networks: [...quarantine.addresses, ...(narrowest?.networks ?? [])] };
}

/** The lists of all levels that have one, the widest first. */
export function networkRulesOf(given: Lists, quarantine: Quarantine | null): readonly NetworkRule[] {
  const lists = { ...given, quarantine: quarantineList(quarantine, given) };
  const rules = networkLevels.flatMap((level): NetworkRule[] => {
    const list = lists[level];
    return list ? [{ level, mode: list.mode, networks: new NetworkSet(list.networks) }] : [];
  });
  return rules.length === 0 ? none : rules;
}

/** The lists that leave the address out; almost always none. */
export function rulesWithout(rules: readonly NetworkRule[], address: string): readonly NetworkRule[] {
  if (rules.length === 0) return none;
  const without = rules.filter(({ networks }) => !networks.includes(address));
  return without.length === 0 ? none : without;
}
