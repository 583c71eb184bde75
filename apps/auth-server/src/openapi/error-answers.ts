import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { ErrorShape } from '../http/problems/error-shapes.js';
import { nativeErrorShape } from '../http/problems/native-error-shape.js';
import { problemOfStatus } from '../http/problems/problem.js';

const exampleRequestId = '7f0d1c2b3a495867a6b5c4d3e2f10908';

const descriptions: Readonly<Record<number, string>> = {
  400: 'The request is malformed or breaks a rule.',
  401: 'The caller did not prove itself: by no good access token, or by no good id and secret.',
  403: 'The caller may not do this.',
  404: 'It does not exist, or is none of the caller’s business: the two are not told apart.',
  409: 'It conflicts with what is there.',
  413: 'The body is too large.',
  415: 'The media type of the body is not supported.',
  422: 'The request cannot be followed.',
  429: 'Too many requests; see `Retry-After`.',
  500: 'A fault of the server.',
  503: 'The server cannot do it at the moment; see `Retry-After`.',
};

/**
 * Makes the decorator that documents the errors of a surface. The examples are rendered by the surface's own shape,
 * so that they can't drift from what is answered.
 *
 * @param model the class that describes the body
 */
export function errorAnswersOf(model: Type, shape: ErrorShape): (...statuses: number[]) => MethodDecorator {
  return (...statuses) =>
    applyDecorators(
      ApiExtraModels(model),
      ...statuses.map((status) => {
        const answer = shape(problemOfStatus(status, exampleRequestId), { headers: {}, url: '/' });
        const mediaType = (answer.contentType ?? 'application/json').split(';')[0] as string;
        return ApiResponse({
          status: answer.status ?? status,
          description: descriptions[status] ?? 'The request is refused.',
          content: { [mediaType]: { schema: { $ref: getSchemaPath(model) }, example: answer.body } },
        });
      }),
    );
}

/** An error of the native admin API. */
class NativeErrorAnswer {
  @ApiProperty({ enum: ['Error'], example: 'Error' })
  severity: string;

  @ApiProperty({ description: 'What happened, in general.', example: 'Bad request' })
  errorMessage: string;

  @ApiProperty({ description: 'The HTTP status.', type: 'integer', example: 400 })
  errorCode: number;

  @ApiProperty({
    description: 'What precisely is wrong, with the path of each field.',
    example: 'The body is not valid. [0].clientId: is required',
  })
  errorDetailMessage: string;
}

/** Documents the errors of an operation of the native admin API. */
export const AnswersErrors = errorAnswersOf(NativeErrorAnswer, nativeErrorShape);
