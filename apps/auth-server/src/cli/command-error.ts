/** A command cannot do what it was asked for; the message is for whoever asked. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}

/** The command line is not understood. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';

  /** @param command whose help tells what would be right; empty: the list of commands */
  constructor(
    message: string,
    readonly command: string,
  ) {
    super(message);
  }
}

/** Something was found that is not as it should be: worth an exit status of its own. */
export class DamageError extends CommandError {
  override readonly name = 'DamageError';
}
