/** One variable that the server cannot start with. */
export interface Problem {
  readonly variable: string;
  /** The value as it may be shown; undefined when it is missing or a secret. */
  readonly shown?: string;
  /** Completes the sentence that the variable begins. */
  readonly complaint: string;
}

/** The environment does not allow a start; its message tells the operator everything at once and holds no secret. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(readonly problems: readonly Problem[]) {
    super(
      [
        'The server cannot start with this environment:',
        ...problems.map(describe),
        'Each variable is described in .env.example.',
      ].join('\n'),
    );
  }
}

function describe({ variable, shown, complaint }: Problem): string {
  return shown === undefined ? `  ${variable} ${complaint}` : `  ${variable} ${shown} ${complaint}`;
}
