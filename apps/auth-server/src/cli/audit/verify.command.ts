import { readFile } from 'node:fs/promises';
import type { AuditCheckpoint, Verification } from '#libs/audit';
import { fromCheckpointRecord } from '../../audit/seal-records.js';
import { defineCommand } from '../command.js';
import { CommandError, DamageError, UsageError } from '../command-error.js';
import { print } from '../print.js';
import { chainOf } from './chain-of.js';
import { Progress } from './progress.js';

const name = 'audit verify';

/** Whether the audit log is what was written. */
export const verifyAudit = defineCommand({
  name,
  operands: [],
  summary: 'Check the audit log against its hashes and signed checkpoints.',
  details: [
    'All of it, or one chain. Exit status: 0 when everything fits, 3 when something was changed (it names the first',
    'bad entry of each chain), 1 when it could not be checked.',
  ].join('\n'),
  options: {
    organization: {
      type: 'string',
      value: '<customerId>',
      sentence: 'The log of one customer, a deleted one included.',
    },
    server: { type: 'boolean', sentence: 'What concerns the server and no single customer.' },
    checkpoints: {
      type: 'string',
      value: '<file>',
      sentence: 'Checkpoints kept elsewhere, from `audit checkpoints`: they show a cut that took ours along.',
    },
    json: { type: 'boolean', sentence: 'Print a line of JSON for each chain.' },
  },
  async run({ values, open }) {
    const { organization, server, checkpoints, json } = values;
    if (server && organization !== undefined)
      throw new UsageError('Give either --organization or --server.', name);
    const anchors = checkpoints === undefined ? [] : await readCheckpoints(checkpoints);
    const libraries = await open();
    const chains =
      server || organization !== undefined
        ? [await chainOf(libraries, organization)]
        : [...new Set([...(await libraries.trail.chains()), ...anchors.map((one) => one.organizationId)])];
    const progress = new Progress();
    let damaged = 0;
    for (const organizationId of chains) {
      const own = anchors.filter((anchor) => anchor.organizationId === organizationId);
      const onProgress = (checked: number) => progress.show(checked);
      const result = await libraries.verifier.verify({ organizationId, anchors: own, onProgress });
      progress.add(result.checked);
      if (result.damage) damaged++;
      if (json) print(JSON.stringify(toRecord(result)));
      else print(describe(result));
    }
    progress.end();
    if (damaged > 0) throw new DamageError(`${damaged} of ${chains.length} chains are damaged.`);
  },
});

async function readCheckpoints(path: string): Promise<AuditCheckpoint[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} cannot be read (${error.code}).`);
  });
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const checkpoint = fromCheckpointRecord(parsed(line));
      if (!checkpoint) throw new CommandError(`Line ${index + 1} of ${path} is no checkpoint.`);
      return checkpoint;
    });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function toRecord({ organizationId, checked, checkpoints, head, sealedThrough, damage }: Verification) {
  return {
    organizationId,
    checked,
    checkpoints,
    head: head.sequence.toString(),
    sealedThrough: sealedThrough.toString(),
    damage: damage ? { ...damage, sequence: damage.sequence.toString() } : null,
  };
}

function describe({ organizationId, checked, checkpoints, sealedThrough, damage }: Verification): string {
  if (damage) return `${organizationId}: damaged at entry ${damage.sequence}. ${damage.message}`;
  return `${organizationId}: ${checked} entries fit, ${checkpoints} checkpoints, signed up to ${sealedThrough}.`;
}
