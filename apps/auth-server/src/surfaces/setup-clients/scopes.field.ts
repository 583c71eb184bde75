import type { ApiPropertyOptions } from '@nestjs/swagger';
import type { Issue } from '#libs/common';
import { field, wrong } from '../../http/fields/rule.js';
import { textIssues } from '../../http/fields/values.js';

const maxScopes = 200;
const nameLength = { min: 1, max: 128 };

/** A list of scopes: each its name alone, or an object with a description. */
export function ScopesField(): PropertyDecorator {
  return field('list', { optional: true, nullable: true, default: [] }, scopesIssues, {
    type: 'array',
    maxItems: maxScopes,
    items: {
      oneOf: [
        { type: 'string', minLength: nameLength.min, maxLength: nameLength.max },
        {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: nameLength.min, maxLength: nameLength.max },
            description: { type: 'string', maxLength: 1000 },
          },
        },
      ],
    },
    example: ['orders:read', { name: 'orders:write', description: 'Change orders' }],
  } as ApiPropertyOptions);
}

function scopesIssues(value: unknown): readonly Issue[] {
  if (!Array.isArray(value)) return wrong('must be an array');
  if (value.length > maxScopes) return wrong(`must have at most ${maxScopes} entries`);
  return value.flatMap((scope, index) =>
    scopeIssues(scope).map(({ path, message }) => ({ path: `[${index}]${path}`, message })),
  );
}

function scopeIssues(scope: unknown): readonly Issue[] {
  if (typeof scope === 'string') return textIssues(scope, nameLength);
  if (typeof scope !== 'object' || scope === null || Array.isArray(scope)) {
    return wrong('must be a string, or an object with a name');
  }
  const { name, description } = scope as { name?: unknown; description?: unknown };
  const issues = textIssues(name, nameLength).map(({ message }) => ({ path: '.name', message }));
  if (description === undefined || description === null) return issues;
  const more = textIssues(description, { max: 1000, multiline: true });
  return [...issues, ...more.map(({ message }) => ({ path: '.description', message }))];
}
