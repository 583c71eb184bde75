import type { ApiPropertyOptions } from '@nestjs/swagger';
import { type FieldOptions, field, wrong } from '../../http/fields/rule.js';
import { jwksIssues, keyAlgorithmRule, keyAlgorithms } from './client-rules.js';

/** A set of public keys by value (RFC 7517 §5). */
export function Jwks(options: FieldOptions): PropertyDecorator {
  return field('list', options, jwksIssues, {
    type: 'object',
    additionalProperties: true,
  } as ApiPropertyOptions);
}

/** The name of an algorithm that wraps the key of an encrypted token (RFC 7518 §4.1). */
export function KeyAlgorithm(options: FieldOptions): PropertyDecorator {
  const rule = (value: unknown) => {
    const broken = typeof value === 'string' ? keyAlgorithmRule(value) : 'must be a string';
    return broken === undefined ? [] : wrong(broken);
  };
  return field('text', options, rule, { type: String, enum: [...keyAlgorithms] } as ApiPropertyOptions);
}
