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
import type { Slice } from '#libs/credentials';

/** Answers a slice as a bare array; how long the whole is stands in `X-Total-Count` where the query asks for it. */
@Injectable()
class TotalCountInterceptor implements NestInterceptor<Slice<unknown>, readonly unknown[]> {
  intercept(context: ExecutionContext, next: CallHandler<Slice<unknown>>): Observable<readonly unknown[]> {
    const http = context.switchToHttp();
    const { count } = http.getRequest<FastifyRequest>().query as { count?: string };
    return next.handle().pipe(
      map(({ items, total }) => {
        if (count === 'true') http.getResponse<FastifyReply>().header('X-Total-Count', `${total}`);
        return items;
      }),
    );
  }
}

/** Declares a list: its handler makes a Slice, the answer is an array. */
export function Counted(item: Type): MethodDecorator {
  return applyDecorators(
    UseInterceptors(TotalCountInterceptor),
    ApiOkResponse({
      type: [item],
      description: 'The oldest first.',
      headers: {
        'X-Total-Count': {
          description: 'With `count=true`: how many there are, whatever limit and offset.',
          schema: { type: 'integer' },
        },
      },
    }),
  );
}
