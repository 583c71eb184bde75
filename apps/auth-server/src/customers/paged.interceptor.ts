import type { Type } from '@nestjs/common';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { type Page, type PageRequest, pageRequest } from '#libs/common';
import { Text, WholeNumber } from '../http/fields.js';

const usualLimit = 100;
const highestLimit = 250;

/** The query of a list. */
export class PageQuery {
  @WholeNumber({
    optional: true,
    min: 1,
    max: highestLimit,
    default: usualLimit,
    description: 'How many to answer at most.',
    example: 100,
  })
  limit?: number;

  @Text({
    optional: true,
    description: 'Where to go on: the cursor of the `Link` header of the page before. Opaque.',
  })
  cursor?: string;
}

/** What page the query asks for. @throws DomainError `invalid` when the cursor is not one of ours */
export function fromPageQuery({ limit = usualLimit, cursor }: PageQuery): PageRequest {
  return pageRequest(limit, cursor);
}

/** The page with each item as it is answered. */
export function toPage<T, U>({ items, nextCursor }: Page<T>, toItem: (item: T) => U): Page<U> {
  return { items: items.map((item) => toItem(item)), nextCursor };
}

/** Answers a page as a bare array, with the next page in a `Link` header (RFC 8288 §3). */
@Injectable()
class PagedInterceptor implements NestInterceptor<Page<unknown>, readonly unknown[]> {
  intercept(context: ExecutionContext, next: CallHandler<Page<unknown>>): Observable<readonly unknown[]> {
    const http = context.switchToHttp();
    const { url } = http.getRequest<FastifyRequest>();
    return next.handle().pipe(
      map(({ items, nextCursor }) => {
        if (nextCursor !== undefined) {
          http.getResponse<FastifyReply>().header('Link', `<${nextUrl(url, nextCursor)}>; rel="next"`);
        }
        return items;
      }),
    );
  }
}

/** Declares a list: its handler makes a Page, the answer is an array. */
export function Paged(item: Type): MethodDecorator {
  return applyDecorators(
    UseInterceptors(PagedInterceptor),
    ApiOkResponse({
      type: [item],
      description: 'One page, the oldest first.',
      headers: {
        Link: {
          description: '`<…>; rel="next"`, relative to this request; absent on the last page.',
          schema: { type: 'string' },
        },
      },
    }),
  );
}

/** Relative (RFC 8288 §3.1), so that it is right behind every proxy. */
function nextUrl(url: string, cursor: string): string {
  const [path, query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters}`;
}
