import { type AllowedNetworks, normalizeNetwork } from '#libs/common';
import type { AllowedNetworksBody } from './allowed-networks.dto.js';

/** The list that a body asks for, each network in its one spelling and once. */
export function fromAllowedNetworks({ mode, networks }: AllowedNetworksBody): AllowedNetworks {
  const normalized = networks.map((network) => normalizeNetwork(network) ?? network);
  return { mode: mode ?? 'enforce', networks: [...new Set(normalized)] };
}

/** As it is answered; what is stored has an order of its own. */
export function toAllowedNetworks({ mode, networks }: AllowedNetworks): AllowedNetworks {
  return { mode, networks };
}
