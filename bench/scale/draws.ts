import { populatedClient } from '#test/support/population';
import { formOf } from '../cases/forms.js';

/** The body of a token request of a populated client. */
export function tokenBody(clientNumber: number): string {
  const { clientId, secret } = populatedClient(clientNumber);
  return formOf({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret });
}

/** So many numbers from 1 to `clients`, each as likely as the others, the same at every call. */
export function uniformDraw(count: number, clients: number): number[] {
  const next = randomFrom(20_261_121);
  return Array.from({ length: count }, () => 1 + Math.floor(next() * clients));
}

/** As above by Zipf's law with exponent 1: the n-th client asks 1/n as often as the first. */
export function zipfDraw(count: number, clients: number): number[] {
  const next = randomFrom(20_261_122);
  // The inverse of the continuous distribution: harmonic sums grow like the logarithm.
  return Array.from({ length: count }, () => Math.min(clients, Math.floor((clients + 1) ** next())));
}

/** A linear congruential generator (Numerical Recipes), so that every run draws the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
