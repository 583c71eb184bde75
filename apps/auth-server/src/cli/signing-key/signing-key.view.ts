import type { SigningKey } from '#libs/keys';
import { toSigningKey } from '../../signing-keys/signing-keys.mapper.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

/** Prints one key, or several as a list. */
export function printKeys(
  terminal: Terminal,
  keys: SigningKey | readonly SigningKey[],
  asJson: boolean,
): void {
  if (asJson) {
    terminal.printJson(Array.isArray(keys) ? keys.map(toSigningKey) : toSigningKey(keys as SigningKey));
    return;
  }
  const rows = [keys].flat().map((key: SigningKey) => [key.kid, key.alg, key.state, nextStep(key)]);
  if (rows.length > 0) terminal.print(table([['KID', 'ALG', 'STATE', 'NEXT'], ...rows]));
}

/** What the operator can do with the key next, and from when on. */
function nextStep({ state, activatableAt, retirableAt }: SigningKey): string {
  if (state === 'pending') return `activate from ${activatableAt.toISOString()}`;
  if (state === 'retiring' && retirableAt) return `retire from ${retirableAt.toISOString()}`;
  return '';
}
