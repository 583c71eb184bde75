import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { acceptedMediaType, answerMediaTypes } from './accepted-media-type.js';

/** Answers the JSON text under the media type that the request accepts best. */
@Injectable()
class AnswersByAcceptInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { accept } = http.getRequest<FastifyRequest>().headers;
    return next.handle().pipe(
      map((body: unknown) => {
        if (body === undefined) return undefined;
        const reply = http.getResponse<FastifyReply>();
        reply.header('Content-Type', `${acceptedMediaType(accept)}; charset=utf-8`);
        return JSON.stringify(body);
      }),
    );
  }
}

/** Lets the request choose the media type of the answer. */
export function AnswersByAccept(): ClassDecorator & MethodDecorator {
  return applyDecorators(UseInterceptors(AnswersByAcceptInterceptor), ApiProduces(...answerMediaTypes));
}
