import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import type { Issue } from '#libs/common';
import { fieldPath } from '../parsing/json-parser.js';
import { type FieldOptions, field, type Rule, wrong } from './rule.js';
import { choiceIssues, type TextOptions, textIssues, textSchema } from './values.js';

/** A class whose properties are fields. */
export type FieldsClass = new () => object;

/** What may stand in a list: strings with rules of their own, one of a few words, or objects of a class. */
export interface ListOptions extends FieldOptions {
  readonly minItems?: number;
  /** Default 100. */
  readonly maxItems?: number;
  /** Refuses a value that stands in the list twice. */
  readonly unique?: boolean;
  /** For a list of strings: what each must be. */
  readonly each?: TextOptions;
  /** For a list of strings: the only ones allowed. */
  readonly choices?: readonly string[];
}

/** An array of strings, or of objects of a class; never made of a single value. */
export function ListOf(item: StringConstructor | FieldsClass, options: ListOptions = {}): PropertyDecorator {
  const { minItems, maxItems = 100, unique } = options;
  const itemRule = item === String ? stringRule(options) : isObjectRule;
  const rule: Rule = (value) => listIssues(value, options, itemRule);
  const decorate = field('list', options, rule, {
    ...itemsSchema(item, options),
    ...(minItems !== undefined && { minItems }),
    maxItems,
    ...(unique && { uniqueItems: true }),
  } as ApiPropertyOptions);
  return item === String ? decorate : withNested(decorate, item as FieldsClass);
}

/** An object of a class. */
export function Nested(nested: FieldsClass, options: FieldOptions = {}): PropertyDecorator {
  const decorate = field('list', options, isObjectRule, { type: () => nested } as ApiPropertyOptions);
  return withNested(decorate, nested);
}

export interface MapOptions extends FieldOptions {
  /** What a name must be; default: 1 to 255 characters. */
  readonly names?: TextOptions;
  /** What each string must be. */
  readonly each?: TextOptions;
  /** Default 100. */
  readonly maxEntries?: number;
  /** For each list; default 100. */
  readonly maxItems?: number;
}

/** An object with free names, each with a list of strings: `{"ROLE_X": ["tenant1", "tenant2"]}`. */
export function MapOfLists(options: MapOptions = {}): PropertyDecorator {
  const { names = { min: 1 }, each = {}, maxEntries = 100, maxItems = 100 } = options;
  const listRule: Rule = (value) => listIssues(value, { maxItems }, stringRule({ each }));
  const rule: Rule = (value) => {
    if (!isPlainObject(value)) return wrong('must be an object');
    const entries = Object.entries(value);
    if (entries.length > maxEntries) return wrong(`must have at most ${maxEntries} entries`);
    return entries.flatMap(([name, list]) => below(name, [...textIssues(name, names), ...listRule(list)]));
  };
  const items = { type: 'array', maxItems, items: { type: 'string' } };
  return field('list', options, rule, {
    type: 'object',
    additionalProperties: items,
  } as ApiPropertyOptions);
}

/** A JSON object that is kept as it is; give it a limit where it is stored. */
export function FreeObject(options: FieldOptions = {}): PropertyDecorator {
  return field('list', options, isObjectRule, {
    type: 'object',
    additionalProperties: true,
  } as ApiPropertyOptions);
}

function listIssues(value: unknown, options: ListOptions, itemRule: Rule): readonly Issue[] {
  const { minItems = 0, maxItems = 100, unique } = options;
  if (!Array.isArray(value)) return wrong('must be an array');
  if (value.length < minItems) return wrong(`must have at least ${minItems} entries`);
  if (value.length > maxItems) return wrong(`must have at most ${maxItems} entries`);
  if (unique && new Set(value).size < value.length) return wrong('must not have the same entry twice');
  return value.flatMap((item, index) => below(index, itemRule(item)));
}

function stringRule({ each = {}, choices }: Pick<ListOptions, 'each' | 'choices'>): Rule {
  return choices ? (value) => choiceIssues(value, choices) : (value) => textIssues(value, each);
}

const isObjectRule: Rule = (value) => (isPlainObject(value) ? [] : wrong('must be an object'));

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(key: string | number, issues: readonly Issue[]): Issue[] {
  return issues.map(({ path, message }) => ({ path: joinPaths(fieldPath('', key), path), message }));
}

/** `a` and `b.c` to `a.b.c`; `a` and `[0]` to `a[0]`. */
export function joinPaths(parent: string, path: string): string {
  if (parent === '' || path === '' || path.startsWith('[')) return parent + path;
  return `${parent}.${path}`;
}

function itemsSchema(item: StringConstructor | FieldsClass, { each = {}, choices }: ListOptions): object {
  if (item !== String) return { type: () => [item] };
  const { type: _, ...rules } = textSchema(each) as Record<string, unknown>;
  const items = choices ? { type: 'string', enum: [...choices] } : { type: 'string', ...rules };
  return { type: 'array', items };
}

function withNested(decorate: PropertyDecorator, nested: FieldsClass): PropertyDecorator {
  return (target, key) => {
    decorate(target, key);
    Type(() => nested)(target, key);
    ValidateNested()(target, key as string);
  };
}
