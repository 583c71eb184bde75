import type { Verification } from '#libs/audit';
import { defineCommand } from '../command.js';
import { DamageError, UsageError } from '../command-error.js';
import { chainOf } from './chain-of.js';
import { Progress } from './progress.js';
import { readSeals } from './seals-file.js';
import { verifyExportFile } from './verify-export.js';

const name = 'audit verify';

/** Whether the audit log is what was written. */
export const verifyAudit = defineCommand({
  name,
  operands: [],
  summary: 'Check the audit log against its hashes and signed checkpoints.',
  details: [
    'All of it, or one chain. Exit status: 0 when everything fits, 3 when something was changed (it names the first',
    'bad entry of each chain), 1 when it could not be checked. With --file it needs neither server nor database.',
  ].join('\n'),
  options: {
    organization: {
      type: 'string',
      value: '<customerId>',
      sentence: 'The log of one customer, a deleted one included.',
    },
    server: { type: 'boolean', sentence: 'What concerns the server and no single customer.' },
    file: {
      type: 'string',
      value: '<file>',
      sentence: 'An export as JSON Lines instead of the log in the database.',
    },
    checkpoints: {
      type: 'string',
      value: '<file>',
      sentence:
        'Checkpoints kept elsewhere, from `audit checkpoints` or `GET …/audit/proof`: they show a cut that took ours along.',
    },
    json: { type: 'boolean', sentence: 'Print a line of JSON for each chain.' },
  },
  async run({ values, open, terminal }) {
    const { organization, server, file, checkpoints, json } = values;
    if ([server, organization !== undefined, file !== undefined].filter(Boolean).length > 1)
      throw new UsageError('Give either --organization, --server or --file.', name);
    if (file !== undefined) return verifyExportFile(file, checkpoints, terminal);
    const anchors = checkpoints === undefined ? [] : (await readSeals(checkpoints)).checkpoints;
    const libraries = await open();
    const chains =
      server || organization !== undefined
        ? [await chainOf(libraries, organization)]
        : [...new Set([...(await libraries.trail.chains()), ...anchors.map((one) => one.organizationId)])];
    const progress = new Progress(terminal);
    let damaged = 0;
    for (const organizationId of chains) {
      const own = anchors.filter((anchor) => anchor.organizationId === organizationId);
      const onProgress = (checked: number) => progress.show(checked);
      const result = await libraries.verifier.verify({ organizationId, anchors: own, onProgress });
      progress.add(result.checked);
      if (result.damage) damaged++;
      if (json) terminal.print(JSON.stringify(toRecord(result)));
      else terminal.print(describe(result));
    }
    progress.end();
    if (damaged > 0) throw new DamageError(`${damaged} of ${chains.length} chains are damaged.`);
  },
});

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
