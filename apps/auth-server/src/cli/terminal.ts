/** Writes a result, with a line end. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes a result for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Tells the person at the terminal something that is no result. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Writes a client's new secret, the one time that it is known. */
export function printSecret(
  clientId: string,
  clientSecret: string,
  asJson: boolean,
  more: object = {},
): void {
  if (asJson) {
    printJson({ ...more, clientId, clientSecret });
    return;
  }
  print(
    table([
      ['client id', clientId],
      ['client secret', clientSecret],
    ]),
  );
  tell('The secret is shown this once.');
}

/** Rows as columns, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
