import { toCheckpointRecord } from '../../audit/seal-records.js';
import { defineCommand } from '../command.js';

/** The newest signed end of every chain, to be kept where nobody who can write to the database can write. */
export const printCheckpoints = defineCommand({
  name: 'audit checkpoints',
  operands: [],
  summary: 'Sign the audit log as it is now, and print the newest checkpoint of every chain as JSON lines.',
  details: [
    'Keep them elsewhere: `audit verify --checkpoints <file>` then finds even a cut of log and checkpoints. The public',
    'key that signed stands in each, so that an export can be checked without the server.',
  ].join('\n'),
  options: {},
  async run({ open, terminal }) {
    const { sealing, trail, auditSigner } = await open();
    await sealing.sealAll();
    const keys = new Map((await auditSigner.publicKeys()).map(({ kid, publicKey }) => [kid, publicKey]));
    for (const chain of await trail.chains()) {
      const [newest] = await trail.checkpoints(chain, 1);
      if (!newest) continue;
      const publicKey = keys.get(newest.kid)?.toString('base64url');
      terminal.print(JSON.stringify({ ...toCheckpointRecord(newest), publicKey }));
    }
  },
});
