import { type AllowedNetworks, NetworkSet, type NetworksMode } from '#libs/common';

/** Whose list it is. All of them must allow an address. */
export type NetworkLevel = 'organization' | 'client' | 'credential';

/** One level's list, made ready. */
export interface NetworkRule {
  readonly level: NetworkLevel;
  readonly mode: NetworksMode;
  readonly networks: NetworkSet;
}

const none: readonly NetworkRule[] = [];

/** In the order in which they are judged. */
export const networkLevels: readonly NetworkLevel[] = ['organization', 'client', 'credential'];

/** The lists of all levels that have one, the widest first. */
export function networkRulesOf(
  lists: Readonly<Record<NetworkLevel, AllowedNetworks | null | undefined>>,
): readonly NetworkRule[] {
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
