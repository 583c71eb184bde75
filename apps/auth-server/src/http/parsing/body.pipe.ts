import type { PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { type Issue, invalid } from '#libs/common';
import { joinPaths } from '../fields/collections.js';
import { unpackIssues } from '../fields/rule.js';
import { fieldPath } from './json-parser.js';

const maxIssues = 50;
const maxElements = 1000;

export interface BodyOptions {
  /** `only`: the body is an array of objects. `allowed`: an object, or an array of them. Default: one object. */
  readonly array?: 'only' | 'allowed';
  /** A field that the class does not declare refuses the body, or is dropped. Default: `refuse`. */
  readonly unknownFields?: 'refuse' | 'ignore';
}

/**
 * Turns a JSON body into instances of a class of fields, or refuses it with every issue and its path. Nothing but
 * declared fields ever reaches a handler, and no value is converted into another type.
 */
export class BodyPipe<T extends object> implements PipeTransform<unknown, T | T[]> {
  constructor(
    private readonly fields: new () => T,
    private readonly options: BodyOptions = {},
  ) {}

  transform(body: unknown): T | T[] {
    const { array } = this.options;
    if (body === undefined) throw invalid('The request body is missing.', [], 'body_missing');
    if (Array.isArray(body) && array) return this.list(body);
    if (array === 'only') throw invalid('The body must be a JSON array.');
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw invalid(`The body must be a JSON object${array ? ' or an array of objects' : ''}.`);
    }
    return throwIfAny(toFields(this.fields, body, '', this.refusesUnknown));
  }

  private list(body: unknown[]): T[] {
    if (body.length === 0) throw invalid('The array must have at least one element.');
    if (body.length > maxElements) throw invalid(`The array must have at most ${maxElements} elements.`);
    const results = body.map((element, index) => {
      const path = fieldPath('', index);
      if (typeof element === 'object' && element !== null && !Array.isArray(element)) {
        return toFields(this.fields, element, path, this.refusesUnknown);
      }
      return { issues: [{ path, message: 'must be an object' }], value: new this.fields() };
    });
    const issues = results.flatMap((result) => result.issues);
    return throwIfAny({ issues, value: results.map((result) => result.value) });
  }

  private get refusesUnknown(): boolean {
    return this.options.unknownFields !== 'ignore';
  }
}

/** A value with all that is wrong with it. */
interface Checked<T> {
  readonly value: T;
  readonly issues: readonly Issue[];
}

/** Makes an instance of a class of fields of a plain object and checks it. */
export function toFields<T extends object>(
  fields: new () => T,
  plain: object,
  path: string,
  refusesUnknown: boolean,
): Checked<T> {
  const value = plainToInstance(fields, plain, { enableImplicitConversion: false });
  const errors = validateSync(value, {
    whitelist: true,
    forbidNonWhitelisted: refusesUnknown,
    validationError: { target: false, value: false },
  });
  return { value, issues: errors.flatMap((error) => issuesOf(error, path)) };
}

/** @throws DomainError `invalid` with every issue, up to a limit */
export function throwIfAny<T>({ value, issues }: Checked<T>, what = 'body'): T {
  if (issues.length === 0) return value;
  throw invalid(`The ${what} is not valid.`, issues.slice(0, maxIssues));
}

function issuesOf({ property, constraints, children }: ValidationError, parent: string): Issue[] {
  const key = /^\d+$/.test(property) ? Number(property) : property;
  const path = fieldPath(parent, key);
  const own = unpackIssues(constraints).map((issue) => ({
    path: joinPaths(path, issue.path),
    message: issue.message,
  }));
  if (constraints?.['whitelistValidation']) own.push({ path, message: 'is not a known field' });
  return [...own, ...(children ?? []).flatMap((child) => issuesOf(child, path))];
}
