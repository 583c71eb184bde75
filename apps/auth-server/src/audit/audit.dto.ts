import { ApiProperty } from '@nestjs/swagger';
import { PageQuery } from '../customers/paged.interceptor.js';
import { Choice, Moment, Text, WholeNumber } from '../http/fields.js';

/** Which events of the log are asked for; and which page of them. */
export class AuditQuery extends PageQuery {
  @Moment({ optional: true, description: 'From this moment on.', example: '2026-01-01T00:00:00Z' })
  from?: string;

  @Moment({ optional: true, description: 'Before this moment.', example: '2026-02-01T00:00:00Z' })
  to?: string;

  @Text({
    optional: true,
    description: 'What happened: `client.created`, or everything of a kind: `client.*`.',
    example: 'client.created',
  })
  action?: string;

  @Text({ optional: true, description: 'Who did it: a client id, or `system`.', example: 'my-client' })
  actor?: string;

  @Text({ optional: true, description: 'The kind of thing it was done to.', example: 'client' })
  targetType?: string;

  @Text({ optional: true, max: 1024, description: 'The thing it was done to.', example: 'my-client' })
  targetId?: string;

  @Choice(['success', 'refused'], {
    optional: true,
    description: 'Whether it was done, or tried and refused.',
    example: 'success',
  })
  outcome?: 'success' | 'refused';
}

/** The same, and the form of the export. */
export class AuditExportQuery extends AuditQuery {
  @Choice(['jsonl', 'csv'], {
    optional: true,
    description: 'JSON Lines or CSV; without it the `Accept` header decides, and JSON Lines is what is left.',
    example: 'jsonl',
  })
  format?: 'jsonl' | 'csv';
}

/** How much of the chain to check. */
export class ProofQuery {
  @WholeNumber({
    optional: true,
    min: 1,
    description: 'Begin behind the checkpoint at this entry: `next` of the answer before.',
    example: 200000,
  })
  after?: number;
}

/** One thing that happened. */
export class AuditEventAnswer {
  @ApiProperty({ description: 'Its place in the chain, without gaps.', example: '17' })
  sequence: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  occurredAt: string;

  @ApiProperty({ example: 'client.created' })
  action: string;

  @ApiProperty({ enum: ['success', 'refused'], example: 'success' })
  outcome: string;

  @ApiProperty({ example: 'operator' })
  actor: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  actorCredentialId: string | null;

  @ApiProperty({ type: String, nullable: true, example: '192.0.2.7' })
  address: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  requestId: string | null;

  @ApiProperty({ example: 'client' })
  targetType: string;

  @ApiProperty({ example: 'my-client' })
  targetId: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: {} })
  details: object;

  @ApiProperty({
    description: 'SHA-256 over the hash before and this entry, in hex.',
    example: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  })
  hash: string;
}

/** A signed end of a segment of the chain. */
export class CheckpointAnswer {
  @ApiProperty({ format: 'uuid', example: '2f1b1a0e-5d2c-4b5f-8a43-0a1f9c1f2b3d' })
  organizationId: string;

  @ApiProperty({ example: '1' })
  firstSequence: string;

  @ApiProperty({ example: '17' })
  sequence: string;

  @ApiProperty({ description: 'The hash of that entry, in hex.' })
  hash: string;

  @ApiProperty({ format: 'date-time', description: 'When the youngest entry of the segment occurred.' })
  newestAt: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ description: 'The key that signed it.' })
  kid: string;

  @ApiProperty({ description: 'Ed25519 over the canonical form, in base64url.' })
  signature: string;
}

/** What stands for entries that retention dropped. */
class DroppedAnswer {
  @ApiProperty() firstSequence: string;
  @ApiProperty() lastSequence: string;
  @ApiProperty() hash: string;
  @ApiProperty({ format: 'date-time' }) droppedAt: string;
  @ApiProperty() kid: string;
  @ApiProperty() signature: string;
}

class HeadAnswer {
  @ApiProperty({ example: '17' }) sequence: string;
  @ApiProperty({ description: 'In hex.' }) hash: string;
}

class DamageAnswer {
  @ApiProperty({ description: 'The first bad entry.', example: '9' }) sequence: string;
  @ApiProperty({ enum: ['altered', 'missing', 'added', 'head', 'checkpoint'] }) kind: string;
  @ApiProperty({ example: 'Entry 9 is not what was written.' }) message: string;
}

class VerificationAnswer {
  @ApiProperty({ description: 'Whether everything that was checked fits.' }) intact: boolean;
  @ApiProperty({ description: 'The first entry that was checked; 0: none.', example: '1' }) first: string;
  @ApiProperty({ description: 'The last entry that was checked; 0: none.', example: '17' }) last: string;
  @ApiProperty({ description: 'Up to where a signature covers the chain.', example: '17' })
  sealedThrough: string;
  @ApiProperty({ type: Number, nullable: true, description: 'More is left: ask with this as `after`.' })
  next: number | null;
  @ApiProperty({ type: DamageAnswer, nullable: true }) damage: DamageAnswer | null;
}

class AuditKeyAnswer {
  @ApiProperty() kid: string;
  @ApiProperty({ description: 'The Ed25519 public key (RFC 8032, 32 bytes) in base64url.' })
  publicKey: string;
}

/** The proof that the log is what was written. */
export class ProofAnswer {
  @ApiProperty() head: HeadAnswer;
  @ApiProperty({ type: [CheckpointAnswer], description: 'The newest ones, the oldest of them first.' })
  checkpoints: CheckpointAnswer[];
  @ApiProperty({ type: DroppedAnswer, nullable: true }) dropped: DroppedAnswer | null;
  @ApiProperty({ type: [AuditKeyAnswer] }) keys: AuditKeyAnswer[];
  @ApiProperty() verification: VerificationAnswer;
}
