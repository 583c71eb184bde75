import { Readable } from 'node:stream';
import type { Issue } from '#libs/common';
import type { BroughtClient, ImportNotice } from '#libs/credentials';
import { writeWhole } from '../output-file.js';
import type { Terminal } from '../terminal.js';

/** What became of a file: told in text, and as JSON in the file of --report. It holds no secret and no hash. */
export interface ImportReport {
  readonly source: string;
  readonly file: string;
  readonly organization: string;
  readonly isDryRun: boolean;
  readonly outcome: 'imported' | 'checked' | 'unchanged' | 'refused';
  readonly created: readonly BroughtClient[];
  readonly unchanged: readonly BroughtClient[];
  readonly skipped: readonly ImportNotice[];
  readonly warnings: readonly ImportNotice[];
  readonly errors: readonly Issue[];
}

const mostLines = 50;

/** @throws CommandError when the file cannot be written */
export async function writeReport(report: ImportReport, path: string): Promise<void> {
  await writeWhole(Readable.from([`${JSON.stringify(report, null, 2)}\n`]), path);
}

/** Results go to standard output, and what is wrong with the file to standard error. */
export function printReport(terminal: Terminal, report: ImportReport): void {
  const { created, unchanged, skipped, warnings, errors, organization } = report;
  printSome(
    errors.map(({ path, message }) => `${path} ${message}`),
    (line) => terminal.tell(line),
  );
  if (report.outcome === 'refused') return;
  const print = (line: string) => terminal.print(line);
  print(summaryOf(report));
  if (unchanged.length > 0)
    print(
      `${clients(unchanged)} of the file were imported into ${organization} before and stay as they are; their secrets were not compared.`,
    );
  if (skipped.length > 0) print(`Skipped ${clients(skipped)}:`);
  printSome(skipped.map(toLine), print);
  if (warnings.length > 0) print(`Worth a look:`);
  printSome(warnings.map(toLine), print);
  if (created.length === 0 && skipped.length === 0 && unchanged.length === 0)
    print('The file names no client.');
}

function summaryOf({ created, isDryRun, organization }: ImportReport): string {
  if (created.length === 0) return 'Nothing was written.';
  return isDryRun
    ? `Dry run: ${clients(created)} would be imported into ${organization}. Nothing was written.`
    : `Imported ${clients(created)} into ${organization}.`;
}

function clients({ length }: readonly unknown[]): string {
  return length === 1 ? '1 client' : `${length} clients`;
}

function toLine({ place, clientId, message }: ImportNotice): string {
  return `  ${place} ${clientId}: ${message}`;
}

/** A terminal does what it is told, and a file may hold anything. */
function printSome(lines: readonly string[], write: (line: string) => void): void {
  for (const line of lines.slice(0, mostLines)) write(line.replace(/[\p{Cc}\p{Cf}]/gu, '?'));
  if (lines.length > mostLines)
    write(`  … and ${lines.length - mostLines} more; --report <file> has them all.`);
}
