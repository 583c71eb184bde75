import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import { CreatedClientAnswer } from './clients.dto.js';

/** Documents that as many clients are answered as were sent: an array for an array, an object for an object. */
export function AnswersCreatedClients(): MethodDecorator {
  const one = { $ref: getSchemaPath(CreatedClientAnswer) };
  return applyDecorators(
    ApiExtraModels(CreatedClientAnswer),
    ApiOkResponse({
      description: 'The clients in the order of the request, each with its secret.',
      schema: { oneOf: [{ type: 'array', items: one }, one] },
    }),
  );
}
