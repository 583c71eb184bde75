import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';

/** A list as it is answered, and where the next page begins. */
export interface WirePage {
  readonly body: object;
  readonly nextCursor: string | undefined;
}

/** Says in a `Link` header (RFC 8288 §3) where a list goes on; the document knows no pages. */
@Injectable()
class PagedIdsInterceptor implements NestInterceptor<WirePage, object> {
  intercept(context: ExecutionContext, next: CallHandler<WirePage>): Observable<object> {
    const http = context.switchToHttp();
    const [path = '', query] = http.getRequest<FastifyRequest>().url.split('?', 2);
    return next.handle().pipe(
      map(({ body, nextCursor }) => {
        if (nextCursor !== undefined) {
          const parameters = new URLSearchParams(query);
          parameters.set('cursor', nextCursor);
          http.getResponse<FastifyReply>().header('Link', `<${path}?${parameters}>; rel="next"`);
        }
        return body;
      }),
    );
  }
}

/** Declares a list: its handler makes a WirePage, the answer is its body. */
export function PagedIds(answer: { type: Type } | { schema: object }): MethodDecorator {
  return applyDecorators(
    UseInterceptors(PagedIdsInterceptor),
    ApiOkResponse({
      ...answer,
      description: 'The oldest first; at most 1000 at a time.',
      headers: {
        Link: {
          description: '`<…>; rel="next"`, relative to this request; absent when nothing follows.',
          schema: { type: 'string' },
        },
      },
    }),
  );
}
