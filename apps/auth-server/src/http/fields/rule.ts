import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import type { Issue } from '#libs/common';

/** What every field may say of itself. */
export interface FieldOptions {
  /** May be left out. */
  readonly optional?: boolean;
  /** May be null, which is kept. */
  readonly nullable?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  /** What leaving it out means; for the documentation only. */
  readonly default?: unknown;
  readonly deprecated?: boolean;
  readonly readOnly?: boolean;
}

/** Finds what is wrong with a value that is neither undefined nor null; paths are relative to the field. */
export type Rule = (value: unknown) => readonly Issue[];

/** How a query string's text becomes the field's value. */
export type FieldKind = 'text' | 'number' | 'flag' | 'list';

const ruleName = 'field';
const nothing: readonly Issue[] = [];

/** The one issue of a field that breaks its rule as a whole. */
export function wrong(message: string): readonly Issue[] {
  return [{ path: '', message }];
}

/** Makes the decorator of a field: its rule for class-validator and its schema for OpenAPI, declared together. */
export function field(
  kind: FieldKind,
  options: FieldOptions,
  rule: Rule,
  schema: ApiPropertyOptions,
): PropertyDecorator {
  const check: Rule = (value) => {
    if (value === undefined) return options.optional ? nothing : wrong('is required');
    if (value === null) return options.nullable ? nothing : wrong('must not be null');
    return rule(value);
  };
  return applyDecorators(
    ApiProperty({ ...documentation(options), ...schema } as ApiPropertyOptions),
    ValidateBy({
      name: ruleName,
      constraints: [kind],
      validator: {
        validate: (value: unknown) => check(value).length === 0,
        defaultMessage: (args?: ValidationArguments) => pack(check(args?.value)),
      },
    }),
  );
}

/** The issues inside a message of class-validator, which can carry nothing but text; empty for foreign messages. */
export function unpackIssues(constraints: Record<string, string> | undefined): readonly Issue[] {
  const packed = constraints?.[ruleName];
  return packed ? (JSON.parse(packed) as Issue[]) : nothing;
}

export function isFieldRule(metadata: { name?: string; constraints?: unknown[] }): boolean {
  return metadata.name === ruleName;
}

/** `$` is escaped because class-validator replaces `$value` and the like inside of messages. */
function pack(issues: readonly Issue[]): string {
  return JSON.stringify(issues).replaceAll('$', '\\u0024');
}

function documentation(options: FieldOptions): ApiPropertyOptions {
  const { optional, nullable, description, example, deprecated, readOnly } = options;
  return {
    required: !optional,
    ...(nullable && { nullable }),
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    ...(options.default !== undefined && { default: options.default }),
    ...(deprecated && { deprecated }),
    ...(readOnly && { readOnly }),
  } as ApiPropertyOptions;
}
