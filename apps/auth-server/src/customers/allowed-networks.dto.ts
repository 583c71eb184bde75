import { mostNetworks, networksModes, normalizeNetwork } from '#libs/common';
import { Choice, ListOf } from '../http/fields.js';

/** From where something may be used. */
export class AllowedNetworksBody {
  @Choice(networksModes, {
    optional: true,
    default: 'enforce',
    description: '`shadow`: refuses nobody, and only reports whom it would have refused.',
    example: 'shadow',
  })
  mode?: 'enforce' | 'shadow';

  @ListOf(String, {
    minItems: 1,
    maxItems: mostNetworks,
    unique: true,
    each: {
      min: 2,
      max: 49,
      test: {
        passes: (text) => normalizeNetwork(text) !== undefined,
        message:
          'must be an IPv4 or IPv6 address, or a network in CIDR notation whose address has no bits beyond its ' +
          'prefix, such as 192.0.2.0/24 or 2001:db8::/32',
      },
    },
    description:
      'IPv4 and IPv6 addresses, and networks in CIDR notation; answered in their shortest spelling. IPv4 mapped into ' +
      'IPv6 counts as IPv4.',
    example: ['192.0.2.0/24', '127.0.0.0/8', '2001:db8::/32'],
  })
  networks: string[];
}

/** How a field with allowed networks is documented. */
export const allowedNetworks = {
  optional: true,
  nullable: true,
  description:
    'From where it may ask for tokens, within what the levels above it allow; null: from everywhere there.',
} as const;
