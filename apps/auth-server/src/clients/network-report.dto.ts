import { ApiProperty } from '@nestjs/swagger';

/** One address that a list leaves out. */
export class NetworkReportEntry {
  @ApiProperty({ format: 'uuid', description: 'Whose secret was right.' })
  credentialId: string;

  @ApiProperty({
    enum: ['organization', 'client', 'credential', 'quarantine'],
    description: 'Whose list it was; `quarantine`: that of a leaked credential.',
  })
  level: string;

  @ApiProperty({ enum: ['enforce', 'shadow'], description: '`shadow`: it was let in all the same.' })
  mode: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'By the proxy rule; null: any beyond the first hundred of the credential.',
    example: '198.51.100.7',
  })
  address: string | null;

  @ApiProperty({ type: 'integer', example: 12 })
  count: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  firstSeenAt: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  lastSeenAt: string;
}

/** Who came from outside of a client's allowed networks. */
export class NetworkReportAnswer {
  @ApiProperty({ type: 'integer', description: 'Refused requests among the entries.', example: 0 })
  refused: number;

  @ApiProperty({ type: 'integer', description: 'Requests that shadow mode let in.', example: 12 })
  wouldRefuse: number;

  @ApiProperty({ type: [NetworkReportEntry], description: 'The latest first; 250 at most.' })
  entries: NetworkReportEntry[];
}
