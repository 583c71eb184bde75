import type { Command } from './command.js';
import { table } from './table.js';

const start = 'npm run cli --';

/** The list of commands, or of those of one noun. */
export function renderList(commands: readonly Command[]): string {
  const rows = commands.map((command) => [`  ${command.name}`, command.summary]);
  return [
    `Usage: ${start} <command> [options]`,
    '',
    table(rows),
    '',
    `${start} <command> --help tells more. The database is the server's: DATABASE_URL, or the embedded one below`,
    'DATA_DIR, while the server runs or not. Results go to standard output, everything else to standard error.',
    'Exit status: 0 done, 1 failed, 2 not understood.',
  ].join('\n');
}

/** The help of one command. */
export function renderCommand({ name, operands, summary, details, options }: Command): string {
  const rows = Object.entries(options).map(([option, { value, multiple, sentence }]) => [
    `  --${option}${value ? ` ${value}` : ''}`,
    multiple ? `${sentence} May be repeated.` : sentence,
  ]);
  return [
    [`Usage: ${start} ${name}`, ...operands, ...(rows.length > 0 ? ['[options]'] : [])].join(' '),
    '',
    summary,
    ...(details ? ['', details] : []),
    ...(rows.length > 0 ? ['', table(rows)] : []),
  ].join('\n');
}
