import { ApiProperty } from '@nestjs/swagger';
import { FreeObject, Text } from '../../http/fields.js';
import { Metadata, MetadataItem } from './metadata.dto.js';
import { ScopesField } from './scopes.field.js';

/** A scope with what it is for. */
export class ScopeAnswer {
  @ApiProperty({ example: 'orders:write' })
  name: string;

  @ApiProperty({ example: 'Change orders' })
  description: string;
}

/** A resource server to create or replace. */
export class ResourceServerBody {
  @Text({ min: 1, notBlank: true, example: 'Orders' })
  name: string;

  @Text({ optional: true, nullable: true, default: null, example: 'shop-team' })
  owner?: string | null;

  @Text({ optional: true, nullable: true, default: null, max: 1000, multiline: true })
  comment?: string | null;

  @Metadata()
  metadata?: MetadataItem[] | null;

  @ScopesField()
  scopes?: (string | { name: string; description?: string | null })[] | null;

  @FreeObject({
    optional: true,
    nullable: true,
    description: 'Members named `scope_policy_*`, each a word; left out: those of the setup.',
    example: { scope_policy_authorization_code: 'consent_required' },
  })
  scope_policies?: Record<string, unknown> | null;
}

/** A resource server. */
export class ResourceServerAnswer {
  @ApiProperty({ example: 'Orders' })
  name: string;

  @ApiProperty({ required: false, example: 'shop-team' })
  owner?: string;

  @ApiProperty({ required: false, example: 'The shop' })
  comment?: string;

  @ApiProperty({ type: [MetadataItem] })
  metadata: readonly MetadataItem[];

  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { $ref: '#/components/schemas/ScopeAnswer' }] },
    example: ['orders:read', { name: 'orders:write', description: 'Change orders' }],
  })
  scopes: readonly (string | ScopeAnswer)[];

  @ApiProperty({
    selfRequired: false,
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { scope_policy_authorization_code: 'consent_required' },
  })
  scope_policies?: Readonly<Record<string, string>>;
}

/** A resource server that was just created. */
export class CreatedResourceServer {
  @ApiProperty({ example: '7b1e4c2d9f8a4e6b8c0d1a2b3c4d5e6f' })
  resourceServerId: string;
}

/** The resource servers of a setup. */
export class ResourceServerIds {
  @ApiProperty({ type: [String], example: ['7b1e4c2d9f8a4e6b8c0d1a2b3c4d5e6f'] })
  resourceServerIds: string[];
}
