import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, getSchemaPath } from '@nestjs/swagger';

interface JsonBodyOptions {
  /** As given to `BodyPipe`. */
  readonly array?: 'only' | 'allowed';
  readonly description?: string;
  /** By title: bodies that work as they stand. */
  readonly examples?: Readonly<Record<string, unknown>>;
  readonly required?: boolean;
}

/** Documents a JSON body of a class of fields, or of an array of them, which its TypeScript type can't tell. */
export function JsonBody(fields: Type, options: JsonBodyOptions = {}): MethodDecorator {
  const { array, description, examples = {}, required = true } = options;
  const one = { $ref: getSchemaPath(fields) };
  const many = { type: 'array' as const, items: one, minItems: 1, maxItems: 1000 };
  const schema = array === 'only' ? many : array === 'allowed' ? { oneOf: [many, one] } : one;
  const named = Object.entries(examples).map(([title, value]) => [title, { summary: title, value }]);
  const body = {
    schema,
    required,
    ...(description && { description }),
    ...(named.length > 0 && { examples: Object.fromEntries(named) }),
  };
  return applyDecorators(ApiExtraModels(fields), ApiBody(body));
}
