import type { Readable, Writable } from 'node:stream';
import { table } from './table.js';

/** Where a command reads and writes. */
export class Terminal {
  constructor(
    readonly stdin: Readable,
    readonly stdout: Writable,
    readonly stderr: Writable & { readonly isTTY?: boolean },
  ) {}

  /** Whether somebody looks on, so that a line may be painted over. */
  get isWatched(): boolean {
    return this.stderr.isTTY === true;
  }

  /** Writes a result, with a line end. */
  print(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  /** Writes a result for programs. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** Writes a client's new secret, the one time that it is known. */
  printSecret(clientId: string, clientSecret: string, asJson: boolean, more: object = {}): void {
    if (asJson) {
      this.printJson({ ...more, clientId, clientSecret });
      return;
    }
    this.print(
      table([
        ['client id', clientId],
        ['client secret', clientSecret],
      ]),
    );
    this.tell('The secret is shown this once.');
  }

  /** Tells the person at the terminal something that is no result. */
  tell(text: string): void {
    this.stderr.write(`${text}\n`);
  }
}
