import { FreeObject } from '../http/fields.js';

/** To whom a secret is to be delivered. */
export class DeliveryBody {
  @FreeObject({
    description:
      'A public key (RFC 7517): RSA from 2048 bits (RSA-OAEP-256), or P-256, P-384 or X25519 (ECDH-ES+A256KW, or ' +
      'ECDH-ES where its `alg` says so). Its `use`, if any, is `enc`.',
    example: {
      kty: 'OKP',
      crv: 'X25519',
      kid: 'my-delivery-key',
      x: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo',
    },
  })
  jwk: Record<string, unknown>;
}

/** Where a request says to whom its secret is to be delivered. */
export const deliverTo = {
  optional: true,
  description:
    'Has the secret answered encrypted to this key and never in clear. Only for a secret that is generated.',
} as const;

/** How the answer documents the encrypted secret. */
export const sealedSecret = {
  required: false,
  description:
    'The secret as a compact JWE (RFC 7516) with A256GCM, instead of in clear; there when the request has `deliverTo`.',
} as const;
