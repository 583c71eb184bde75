/** A row and the line on which it begins, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The text is no CSV; the message is for whoever has the file. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

/**
 * Reads CSV as RFC 4180 §2 has it: cells in quotes may hold commas, line breaks and doubled quotes; lines end with
 * CRLF, LF or CR. A byte order mark is passed over, and so are empty lines.
 *
 * @throws CsvError for a quote that is not closed, or where none may be
 */
export function* parseCsv(text: string): Generator<CsvRow> {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const cells: string[] = [];
    const begin = line;
    for (;;) {
      const cell = readCell(text, at, line);
      cells.push(cell.value);
      line += cell.lineBreaks;
      at = cell.end;
      if (text[at] !== ',') break;
      at++;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line++;
    if (cells.length > 1 || cells[0] !== '') yield { line: begin, cells };
  }
}

interface Cell {
  readonly value: string;
  /** The place of the comma or line break behind it, or of the end. */
  readonly end: number;
  readonly lineBreaks: number;
}

const cellEnd = /[,\r\n]/g;

function readCell(text: string, start: number, line: number): Cell {
  if (text[start] === '"') return readQuoted(text, start, line);
  cellEnd.lastIndex = start;
  const end = cellEnd.exec(text)?.index ?? text.length;
  const value = text.slice(start, end);
  if (value.includes('"'))
    throw new CsvError(`line ${line}: a cell with a quote must stand in quotes, the quote doubled`);
  return { value, end, lineBreaks: 0 };
}

function readQuoted(text: string, start: number, line: number): Cell {
  let end = text.indexOf('"', start + 1);
  while (text[end + 1] === '"' && end !== -1) end = text.indexOf('"', end + 2);
  if (end === -1) throw new CsvError(`line ${line}: a quote is not closed`);
  const behind = text[end + 1];
  if (behind !== undefined && !',\r\n'.includes(behind))
    throw new CsvError(`line ${line}: behind a closing quote there must be a comma or the end of the line`);
  const value = text.slice(start + 1, end).replaceAll('""', '"');
  return { value, end: end + 1, lineBreaks: value.match(/\r\n|\n|\r/g)?.length ?? 0 };
}
