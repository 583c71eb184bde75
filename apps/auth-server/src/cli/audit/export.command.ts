import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { auditFormats, isAuditFormat, linesOf } from '../../audit/audit-formats.js';
import { defineCommand } from '../command.js';
import { UsageError } from '../command-error.js';
import { writeWhole } from '../output-file.js';
import { chainOf } from './chain-of.js';
import { Progress } from './progress.js';

const name = 'audit export';

/** Everything that happened in an organization, for whoever has to look at it elsewhere. */
export const exportAudit = defineCommand({
  name,
  operands: ['[<customerId>]'],
  summary: 'Print the audit log of a customer, or the one of the server itself, oldest first.',
  details: [
    'A customer that was deleted still has its log, by its name or by the id of its chain.',
    'jsonl: one event a line with every field and its hash. csv: for spreadsheets, with a quote before text that one',
    'would take for a formula. With --output the file appears when it is complete, readable for its owner alone.',
  ].join('\n'),
  options: {
    server: {
      type: 'boolean',
      sentence: 'What concerns the server and no single customer, such as signing keys.',
    },
    format: { type: 'string', value: '<jsonl|csv>', sentence: 'Default: jsonl.' },
    output: { type: 'string', value: '<file>', sentence: 'Write there and not to standard output.' },
  },
  async run({ values, operands: [customerId], open, terminal }) {
    const { server, format = 'jsonl', output } = values;
    if (server === (customerId !== undefined))
      throw new UsageError('Give either a <customerId> or --server.', name);
    if (!isAuditFormat(format)) throw new UsageError('--format must be jsonl or csv.', name);
    const libraries = await open();
    const chain = await chainOf(libraries, customerId);
    const events = libraries.trail.export(chain);
    const total = terminal.isWatched ? await libraries.trail.count(chain, {}) : undefined;
    const progress = new Progress(terminal, total);
    const lines = Readable.from(linesOf(progress.count(events), auditFormats[format]));
    try {
      if (output === undefined) await pipeline(lines, terminal.stdout, { end: false });
      else await writeWhole(lines, output);
    } finally {
      progress.end();
    }
  },
});
