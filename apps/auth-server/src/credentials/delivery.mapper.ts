import { invalid } from '#libs/common';
import { DeliveryKey } from '#libs/credentials';
import type { DeliveryBody } from './delivery.dto.js';

/** A body that may say to whom its secret is to be delivered. */
interface Deliverable {
  readonly deliverTo?: DeliveryBody;
  readonly clientSecret?: string;
}

/**
 * To whom the secret of a request is to be delivered, checked before anything is done; undefined: in clear.
 *
 * @param place of the body in the request: `[2]`
 * @throws DomainError `invalid`, naming the member of the key
 */
export async function fromDelivery(
  { deliverTo, clientSecret }: Deliverable,
  place = '',
): Promise<DeliveryKey | undefined> {
  if (!deliverTo) return undefined;
  const below = place && `${place}.`;
  if (clientSecret !== undefined) {
    const message = 'must be left out with deliverTo: a secret that came in clear is not delivered sealed';
    throw invalid('The body is not valid.', [{ path: `${below}clientSecret`, message }]);
  }
  return DeliveryKey.from(deliverTo.jwk, `${below}deliverTo.jwk`);
}

/** As fromDelivery, for a body or each element of an array. */
export async function fromDeliveries(
  bodies: Deliverable | readonly Deliverable[],
): Promise<(DeliveryKey | undefined)[]> {
  if (!Array.isArray(bodies)) return [await fromDelivery(bodies as Deliverable)];
  const keys: (DeliveryKey | undefined)[] = [];
  for (const [index, body] of bodies.entries()) keys.push(await fromDelivery(body, `[${index}]`));
  return keys;
}

/** A secret as it is answered: sealed or in clear, never both. */
export async function toDelivered(
  secret: string,
  key: DeliveryKey | undefined,
): Promise<{ readonly clientSecret: string } | { readonly clientSecretJwe: string }> {
  return key ? { clientSecretJwe: await key.seal(secret) } : { clientSecret: secret };
}
