import { ApiProperty } from '@nestjs/swagger';
import { Text } from '../http/fields.js';

const longestUrl = 2_048;

/** A report of a leaked secret, from anybody. */
export class LeakReportBody {
  @Text({
    min: 1,
    max: 1_024,
    description: 'As it was found.',
    example: 'cls_3mZ5jW0bT1nXo8aQ2kRf7uYh4dLpVc6eSgJi9xKwMzN_0Tq4Xb',
  })
  secret: string;

  @Text({
    optional: true,
    min: 1,
    description: 'Whose it is, if that is known: a secret that was not generated is found by it alone.',
    example: 'test_client',
  })
  clientId?: string;

  @Text({
    optional: true,
    max: longestUrl,
    format: 'uri',
    test: { passes: isWebAddress, message: 'must be an http or https URL' },
    description: 'Where it can be read.',
    example: 'https://paste.example.com/a1b2c3',
  })
  url?: string;
}

/** Says that a report was taken, and nothing else. */
export class AcceptedAnswer {
  @ApiProperty({ enum: ['accepted'], example: 'accepted' })
  status: 'accepted';
}

/** The one answer to every report. */
export const accepted: AcceptedAnswer = { status: 'accepted' };

/** A secret that GitHub found. Fields that are not named here are ignored. */
export class GithubMatch {
  @Text({ min: 1, max: 4_096, multiline: true, description: 'As it was found.', example: 'cls_…' })
  token: string;

  @Text({ description: 'What GitHub calls the kind of secret.', example: 'clientele_client_secret' })
  type: string;

  @Text({
    optional: true,
    nullable: true,
    max: 8_192,
    description: 'Where it can be read; may be empty.',
    example: 'https://github.com/octocat/Hello-World/blob/12345600/foo/bar.txt',
  })
  url?: string | null;

  @Text({ optional: true, nullable: true, description: 'In what it was found.', example: 'commit' })
  source?: string | null;
}

/** What GitHub is told of a match. */
export class GithubFeedback {
  @ApiProperty({ description: 'SHA-256 of the token, in hexadecimal.', example: 'f2ca1bb6c7e907d0…' })
  token_hash: string;

  @ApiProperty({ example: 'clientele_client_secret' })
  token_type: string;

  @ApiProperty({
    enum: ['true_positive', 'false_positive'],
    description:
      '`true_positive`: it has the form of a generated secret with its checksum, or is one of another form that this ' +
      'server knows. It does not tell whether the secret works.',
  })
  label: 'true_positive' | 'false_positive';
}

/** That the secret of a credential was reported from one place. */
export class LeakAnswer {
  @ApiProperty({ format: 'uuid', example: '6f0b8a3e-6d6c-4c53-a5d4-7f6c0f4f1f62' })
  leakId: string;

  @ApiProperty({ example: 'test_client' })
  clientId: string;

  @ApiProperty({ format: 'uuid', example: '0b8f6a3e-6d6c-4c53-a5d4-7f6c0f4f1f60' })
  credentialId: string;

  @ApiProperty({ description: 'Of the credential.', example: 'cls_…q4Xb' })
  hint: string;

  @ApiProperty({ enum: ['github', 'report'], description: '`report`: anybody.', example: 'github' })
  source: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'As the reporter gave it: take care. Null: not given, containing a secret, or beyond the hundredth place.',
    example: 'https://github.com/octocat/Hello-World/blob/12345600/foo/bar.txt',
  })
  url: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'In the words of GitHub.', example: 'commit' })
  foundIn: string | null;

  @ApiProperty({
    enum: ['none', 'notify', 'quarantine', 'rotate', 'revoke'],
    description: 'What was done at the first report; `none`: the credential worked no longer.',
    example: 'quarantine',
  })
  action: string;

  @ApiProperty({ type: 'integer', description: 'How often it was reported.', example: 1 })
  count: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  firstReportedAt: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  lastReportedAt: string;
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
