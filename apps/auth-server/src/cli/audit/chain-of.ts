import { CommandError } from '../command-error.js';
import type { Libraries } from '../libraries.js';

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The chain that is meant: undefined is the server's own, a UUID the organization's row id, anything else the name of
 * a customer, one that was deleted included.
 */
export async function chainOf(
  { organizations, trail }: Pick<Libraries, 'organizations' | 'trail'>,
  customerId: string | undefined,
): Promise<string> {
  if (customerId === undefined) return (await import('#libs/audit')).serverChain;
  const organization = await organizations.find(customerId);
  const chain = organization?.id ?? (await trail.findDeleted(customerId));
  if (chain) return chain;
  if (uuidPattern.test(customerId) && (await trail.chains()).includes(customerId)) return customerId;
  throw new CommandError('The customer does not exist.');
}
