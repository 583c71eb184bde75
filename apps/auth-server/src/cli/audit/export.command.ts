import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditEvent } from '#libs/audit';
import { defineCommand } from '../command.js';
import { CommandError, UsageError } from '../command-error.js';
import type { Libraries } from '../libraries.js';
import { writeWhole } from '../output-file.js';
import { type AuditFormat, auditFormats, isAuditFormat } from './audit-formats.js';
import { Progress } from './progress.js';

const name = 'audit export';

/** Everything that happened in an organization, for whoever has to look at it elsewhere. */
export const exportAudit = defineCommand({
  name,
  operands: ['[<customerId>]'],
  summary: 'Print the audit log of a customer, or the one of the server itself, oldest first.',
  details: [
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
  async run({ values, operands: [customerId], open }) {
    const { server, format = 'jsonl', output } = values;
    if (server === (customerId !== undefined))
      throw new UsageError('Give either a <customerId> or --server.', name);
    if (!isAuditFormat(format)) throw new UsageError('--format must be jsonl or csv.', name);
    const libraries = await open();
    const events = libraries.audit.export(await chainOf(libraries, customerId));
    const progress = new Progress();
    const lines = Readable.from(linesOf(progress.count(events), auditFormats[format]));
    try {
      if (output === undefined) await pipeline(lines, process.stdout, { end: false });
      else await writeWhole(lines, output);
    } finally {
      progress.end();
    }
  },
});

/** The organization whose events are meant, or the place of those of the server. */
async function chainOf({ organizations }: Libraries, customerId: string | undefined): Promise<string> {
  if (customerId === undefined) return (await import('#libs/audit')).serverChain;
  const organization = await organizations.find(customerId);
  if (!organization) throw new CommandError('The customer does not exist.');
  return organization.id;
}

async function* linesOf(events: AsyncIterable<AuditEvent>, format: AuditFormat): AsyncGenerator<string> {
  yield* format.head;
  for await (const event of events) yield `${format.line(event)}\n`;
}
