import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CommandError, UsageError } from './command-error.js';
import type { Libraries } from './libraries.js';
import type { Terminal } from './terminal.js';

/** An option of a command, and what the help says of it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** May be given several times. */
  readonly multiple?: true;
  /** What stands for the value in the help: `<text>`. */
  readonly value?: string;
  readonly sentence: string;
}

type Options = Readonly<Record<string, Option>>;

/** What was given, by option: a list for those that may be given several times. */
type Values<Given extends Options> = {
  readonly [Name in keyof Given]: Given[Name] extends { type: 'boolean' }
    ? boolean
    : Given[Name] extends { multiple: true }
      ? readonly string[]
      : string | undefined;
};

/** What every command gets to work with. */
interface Surroundings {
  /** The libraries on the database of the server. */
  open(): Promise<Libraries>;
  readonly terminal: Terminal;
}

/** What a command gets to work with. */
export interface Invocation<Given extends Options> extends Surroundings {
  readonly values: Values<Given>;
  /** As many as the command has operands; one that may be left out is undefined then. */
  readonly operands: readonly (string | undefined)[];
}

/**
 * One command of the command line. Its file imports libraries as types, or within `run`: that the help is there at
 * once is worth more than the second that they take to load.
 */
export interface Command<Given extends Options = Options> {
  /** Noun and verb: `client create`. */
  readonly name: string;
  /** In brackets when it may be left out: `<customerId>`, `[<secret>]`. */
  readonly operands: readonly string[];
  readonly summary: string;
  /** Whole lines for the help of this command alone. */
  readonly details?: string;
  readonly options: Given;
  run(invocation: Invocation<Given>): Promise<void>;
}

/** For programs: the result as JSON. */
export const jsonOption = { type: 'boolean', sentence: 'Print the result as JSON.' } as const;

/** Keeps the types of the options, so that `run` knows its values. */
export function defineCommand<const Given extends Options>(command: Command<Given>): Command {
  return command as unknown as Command;
}

/** Parses what stands behind the name of the command and runs it. @throws UsageError */
export async function runCommand(
  command: Command,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  const { values, positionals } = parse(command, args);
  const required = command.operands.filter((operand) => !operand.startsWith('['));
  if (positionals.length < required.length)
    throw new UsageError(`${required[positionals.length]} is missing.`, command.name);
  if (positionals.length > command.operands.length)
    throw new UsageError('There are too many arguments.', command.name);
  await command.run({ values, operands: positionals, ...surroundings });
}

function parse({ name, options }: Command, args: readonly string[]) {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  const defaults: Record<string, unknown> = {};
  for (const [option, { type, multiple }] of Object.entries(options)) {
    config[option] = { type, multiple: multiple ?? false };
    if (type === 'boolean') defaults[option] = false;
    if (multiple) defaults[option] = [];
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: config, allowPositionals: true });
    return { values: { ...defaults, ...values } as Values<Options>, positionals };
  } catch (error) {
    if (!(error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) throw error;
    throw new UsageError(complaintOf(error as Error & { code: string }), name);
  }
}

/** What Node says, without its advice for programmers. */
function complaintOf({ code, message }: Error & { code: string }): string {
  const [sentence] = message.split(/\.(\s|$)/, 1);
  const hint =
    code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? ' An argument that begins with - stands behind --.' : '';
  return `${sentence}.${hint}`;
}

/** An operand that the command requires, and so is there. */
export function required(operand: string | undefined): string {
  if (operand === undefined) throw new CommandError('An argument is missing.');
  return operand;
}
