import { ApiProperty } from '@nestjs/swagger';
import { Text } from '../http/fields.js';
import { tenantIdRule } from './customers.dto.js';

/** A tenant to create. */
export class TenantBody {
  @Text({ ...tenantIdRule, description: 'Unique within the customer.', example: 'tenant1' })
  tenantId: string;
}

/** A tenant: a data environment of the customer. */
export class TenantAnswer {
  @ApiProperty({ example: 'tenant1' })
  tenantId: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  createdAt: string;
}
