import { readFile } from 'node:fs/promises';
import type { AuditCheckpoint, ExportSeals } from '#libs/audit';
import { fromCheckpointRecord, fromDroppedRecord } from '../../audit/seal-records.js';
import { CommandError } from '../command-error.js';

interface Proof {
  readonly checkpoints: readonly unknown[];
  readonly dropped?: unknown;
  readonly keys: readonly { readonly kid?: unknown; readonly publicKey?: unknown }[];
}

/**
 * Reads what `audit checkpoints` printed, line by line, or the answer of `GET …/audit/proof`.
 *
 * @throws CommandError for a file that is neither
 */
export async function readSeals(path: string): Promise<ExportSeals> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} cannot be read (${error.code}).`);
  });
  const whole = parsed(text);
  return isProof(whole) ? sealsOfProof(whole, path) : sealsOfLines(text, path);
}

/** The text read as JSON; undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProof(value: unknown): value is Proof {
  const { checkpoints, keys } = (value ?? {}) as Partial<Proof>;
  return Array.isArray(checkpoints) && Array.isArray(keys);
}

function sealsOfProof({ checkpoints: records, dropped, keys }: Proof, path: string): ExportSeals {
  const checkpoints = records.map((record, index) => checkpointOf(record, `Checkpoint ${index + 1}`, path));
  const organizationId = checkpoints[0]?.organizationId ?? '';
  return {
    checkpoints,
    dropped: fromDroppedRecord(dropped, organizationId),
    keys: new Map(keys.map(({ kid, publicKey }) => [`${kid}`, Buffer.from(`${publicKey}`, 'base64url')])),
  };
}

function sealsOfLines(text: string, path: string): ExportSeals {
  const keys = new Map<string, Buffer>();
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const checkpoints = lines.map((line, index) => {
    const record = parsed(line);
    const checkpoint = checkpointOf(record, `Line ${index + 1}`, path);
    const { publicKey } = record as { publicKey?: unknown };
    if (typeof publicKey === 'string') keys.set(checkpoint.kid, Buffer.from(publicKey, 'base64url'));
    return checkpoint;
  });
  return { checkpoints, keys };
}

function checkpointOf(record: unknown, place: string, path: string): AuditCheckpoint {
  const checkpoint = fromCheckpointRecord(record);
  if (!checkpoint) throw new CommandError(`${place} of ${path} is no checkpoint.`);
  return checkpoint;
}
