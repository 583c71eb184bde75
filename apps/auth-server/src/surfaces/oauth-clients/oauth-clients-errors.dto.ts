import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { errorAnswersOf } from '../../openapi/error-answers.js';
import { locales } from './error-texts.js';
import { errorShapeBy } from './oauth-clients-error.filter.js';

/** A text in a language. */
class ErrorMessage {
  @ApiProperty({
    type: String,
    nullable: true,
    enum: locales,
    description: 'The locale for the message text, a BCP 47 language tag.',
    example: 'en-US',
  })
  locale: string;

  @ApiProperty({
    type: String,
    nullable: true,
    enum: ['DEFAULT', 'REQUEST', null],
    description:
      'An indicator of how the locale was selected. DEFAULT means the locale is the system default. REQUEST means the locale was selected from the request context (i.e., best match based on the Accept-Language header).',
    example: 'DEFAULT',
  })
  localeOrigin: string;

  @ApiProperty({
    description: 'Actual text of the error message in the indicated locale.',
    example: 'The request was syntactically correct but its content is semantically invalid.',
  })
  text: string;
}

/** An error of this surface. */
class OAuthClientsError {
  @ApiProperty({
    description: 'Fine-grained error code providing more detail of the error.',
    example: '400.1 Bad Request Content',
  })
  detailCode: string;

  @ApiProperty({
    description: 'Unique tracking id for the error: the server’s log knows the request by it.',
    example: 'e7eab60924f64aa284175b9fa3309599',
  })
  trackingId: string;

  @ApiProperty({ type: [ErrorMessage], description: 'Generic localized reason for error' })
  messages: ErrorMessage[];

  @ApiProperty({
    type: [ErrorMessage],
    required: false,
    description:
      'Plain-text descriptive reasons to provide additional detail to the text provided in the messages field',
  })
  causes?: ErrorMessage[];
}

/** The access token is missing or no good. */
class OAuthClientsUnauthorized {
  @ApiProperty({
    description: 'A message describing the error',
    example: 'JWT validation failed: JWT is expired',
  })
  error: string;
}

/** Too many requests in a given period of time. */
class OAuthClientsRateLimited {
  @ApiProperty({ description: 'A message describing the error', example: ' Rate Limit Exceeded ' })
  message: string;
}

const shape = errorShapeBy({ nowSeconds: () => 0 });
const answers = errorAnswersOf(OAuthClientsError, shape);
const answersUnauthorized = errorAnswersOf(OAuthClientsUnauthorized, shape);
const answersRateLimited = errorAnswersOf(OAuthClientsRateLimited, shape);

/** Documents the errors of an operation of this surface; 401, 403, 429, 500 and 503 every one of them has. */
export function AnswersErrors(...statuses: number[]): MethodDecorator {
  return applyDecorators(
    answers(...statuses, 403, 500, 503),
    answersUnauthorized(401),
    answersRateLimited(429),
  );
}
