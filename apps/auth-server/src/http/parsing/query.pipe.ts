import type { PipeTransform } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { type Issue, invalid } from '#libs/common';
import { type FieldKind, isFieldRule } from '../fields/rule.js';
import { throwIfAny, toFields } from './body.pipe.js';
import type { Query } from './query-parser.js';

const wholeNumber = /^(?:0|-?[1-9]\d{0,14})$/;

/**
 * Turns a query string into an instance of a class of fields. A number must be written in plain digits and a flag as
 * `true` or `false`; a declared parameter that is no list may be sent once. Undeclared parameters are ignored.
 */
export class QueryPipe<T extends object> implements PipeTransform<Query | undefined, T> {
  private readonly kinds: ReadonlyMap<string, FieldKind>;

  constructor(private readonly fields: new () => T) {
    this.kinds = kindsOf(fields);
  }

  transform(query: Query | undefined): T {
    const plain: Record<string, unknown> = {};
    const repeated: Issue[] = [];
    for (const [name, kind] of this.kinds) {
      const sent = query?.[name];
      if (sent === undefined) continue;
      if (kind === 'list') plain[name] = typeof sent === 'string' ? [sent] : sent;
      else if (typeof sent === 'string') plain[name] = converted(kind, sent);
      else repeated.push({ path: name, message: 'must not be repeated' });
    }
    if (repeated.length > 0) throw invalid('The query is not valid.', repeated);
    return throwIfAny(toFields(this.fields, plain, '', true), 'query');
  }
}

/** A text that is no number or flag stays a text, which the field's rule then refuses in its own words. */
function converted(kind: FieldKind, text: string): unknown {
  if (kind === 'number' && wholeNumber.test(text)) return Number(text);
  if (kind === 'flag' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function kindsOf(fields: new () => object): Map<string, FieldKind> {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(fields, '', false, false);
  const rules = metadata.filter(isFieldRule);
  return new Map(rules.map((rule) => [rule.propertyName, rule.constraints[0] as FieldKind]));
}
