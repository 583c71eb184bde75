import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AuditEvent } from '#libs/audit';
import { fromRecord } from '../../audit/audit-formats.js';
import { CommandError, DamageError } from '../command-error.js';
import type { Terminal } from '../terminal.js';
import { Progress } from './progress.js';
import { parsed, readSeals } from './seals-file.js';

/**
 * Checks an export of one chain, with no server and no database.
 *
 * @param sealsPath checkpoints and public keys; without them the hashes alone are checked
 * @throws DamageError when something was changed, CommandError when a file is not what it is to be
 */
export async function verifyExportFile(
  path: string,
  sealsPath: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const { verifyExport } = await import('#libs/audit');
  const seals = sealsPath === undefined ? { checkpoints: [], keys: new Map() } : await readSeals(sealsPath);
  const progress = new Progress(terminal);
  const result = await verifyExport(progress.count(eventsOf(path)), seals);
  progress.end();
  const { checked, checkpoints, sealedThrough, damage } = result;
  if (damage) throw new DamageError(`${path}: damaged at entry ${damage.sequence}. ${damage.message}`);
  if (checked === 0) throw new CommandError(`There is no entry in ${path}.`);
  terminal.print(
    `${path}: ${checked} entries fit, ${checkpoints} checkpoints, signed up to ${sealedThrough}.`,
  );
  for (const [kid, key] of seals.keys)
    terminal.tell(`Key ${kid} is ${key.toString('base64url')}: compare it with the one that you noted.`);
}

async function* eventsOf(path: string): AsyncGenerator<AuditEvent> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      const event = fromRecord(parsed(line));
      if (!event) throw new CommandError(`Line ${number} of ${path} is no entry of an audit log.`);
      yield event;
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : new CommandError(`${path} cannot be read (${code}).`);
  }
}
