import type { ApiPropertyOptions } from '@nestjs/swagger';
import { isEmail, isUUID } from 'class-validator';
import type { Issue } from '#libs/common';
import { type FieldOptions, field, wrong } from './rule.js';

const controlCharacter = /\p{Cc}/u;
const controlCharacterButLineBreak = /[^\P{Cc}\t\n\r]/u;
const dateTime = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

export interface TextOptions extends FieldOptions {
  /** In characters; default 0. */
  readonly min?: number;
  /** In characters; default 255. */
  readonly max?: number;
  /** The value must match; say in `patternMessage` what that means. */
  readonly pattern?: RegExp;
  readonly patternMessage?: string;
  /** Refuses a value of nothing but white space. */
  readonly notBlank?: boolean;
  /** Allows line breaks and tabs. */
  readonly multiline?: boolean;
  /** What a pattern can't say. */
  readonly test?: { readonly passes: (value: string) => boolean; readonly message: string };
  /** OpenAPI's name of the format: `uri`. */
  readonly format?: string;
}

/** A string without control characters. */
export function Text(options: TextOptions = {}): PropertyDecorator {
  return field('text', options, (value) => textIssues(value, options), textSchema(options));
}

/** An e-mail address. */
export function Email(options: FieldOptions = {}): PropertyDecorator {
  const test = {
    passes: (value: string) => isEmail(value),
    message: 'must be an e-mail address',
  };
  return Text({ ...options, max: 254, format: 'email', test });
}

export function Uuid(options: FieldOptions = {}): PropertyDecorator {
  const test = { passes: (value: string) => isUUID(value, 'loose'), message: 'must be a UUID' };
  return Text({ ...options, max: 36, format: 'uuid', test });
}

/** A point in time with its offset (RFC 3339 §5.6); stays a string. */
export function Moment(options: FieldOptions = {}): PropertyDecorator {
  const test = {
    passes: isMoment,
    message: 'must be an ISO 8601 date and time with an offset, such as 2030-01-31T12:00:00Z',
  };
  return Text({ ...options, max: 40, format: 'date-time', test });
}

export interface WholeNumberOptions extends FieldOptions {
  readonly min?: number;
  /** Default: the largest number that JSON carries exactly. */
  readonly max?: number;
}

/** An integer; never made of a string, a boolean or a fraction. */
export function WholeNumber(options: WholeNumberOptions = {}): PropertyDecorator {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  const message = `must be a whole number from ${min} to ${max}`;
  const isInRange = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  return field('number', options, (value) => (isInRange(value) ? [] : wrong(message)), {
    type: 'integer',
    minimum: min,
    ...(options.max !== undefined && { maximum: max }),
  });
}

/** True or false; never made of a string or a number. */
export function Flag(options: FieldOptions = {}): PropertyDecorator {
  const message = 'must be true or false';
  return field('flag', options, (value) => (typeof value === 'boolean' ? [] : wrong(message)), {
    type: Boolean,
  });
}

/** One of a few words, compared exactly. */
export function Choice(words: readonly string[], options: FieldOptions = {}): PropertyDecorator {
  return field('text', options, (value) => choiceIssues(value, words), {
    type: String,
    enum: [...words],
  } as ApiPropertyOptions);
}

export function choiceIssues(value: unknown, words: readonly string[]): readonly Issue[] {
  if (typeof value === 'string' && words.includes(value)) return [];
  return wrong(`must be one of ${words.join(', ')}`);
}

export function textIssues(value: unknown, options: TextOptions): readonly Issue[] {
  const { min = 0, max = 255, pattern, patternMessage, test } = options;
  const size = min > 0 ? `${min} to ${max}` : `at most ${max}`;
  if (typeof value !== 'string') return wrong('must be a string');
  // Counted in characters as the database counts, not in UTF-16 units, of which a character has two at most.
  const length = value.length > 2 * max ? value.length : [...value].length;
  if (length < min || length > max) return wrong(`must have ${size} characters`);
  if (options.notBlank && value.trim() === '') return wrong('must not be blank');
  const forbidden = options.multiline ? controlCharacterButLineBreak : controlCharacter;
  if (forbidden.test(value)) return wrong('must not contain control characters');
  if (pattern && !pattern.test(value)) return wrong(patternMessage ?? `must match ${pattern.source}`);
  return test && !test.passes(value) ? wrong(test.message) : [];
}

export function textSchema({ min = 0, max = 255, pattern, format }: TextOptions): ApiPropertyOptions {
  return {
    type: String,
    maxLength: max,
    ...(min > 0 && { minLength: min }),
    ...(pattern && { pattern: pattern.source }),
    ...(format && { format }),
  } as ApiPropertyOptions;
}

/** Whether it is a date and time with its offset (RFC 3339 §5.6). */
export function isMoment(value: string): boolean {
  const [, year, month, day] = dateTime.exec(value) ?? [];
  if (year === undefined || Number.isNaN(Date.parse(value))) return false;
  // The parser of JavaScript takes 30 February and means 2 March.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) >= 1 && Number(day) <= lastDay && Number(year) >= 1;
}
