import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { firstValueFrom, from, type Observable } from 'rxjs';
import type { Principal } from '#libs/access';
import { IdempotentRequests } from '#libs/idempotency';
import type { OrganizationRef } from '#libs/organizations';

type RepeatableScope = 'organization' | 'platform';

const scopeKey = 'clientele:repeatable';

const secretNames = new Set([
  'clientSecret',
  'clientSecretJwe',
  'signingSecret',
  'enrolmentCode',
  'enrolmentCodeJwe',
]);

/**
 * Does the work of a create once per `Idempotency-Key`: a repetition is answered the same, with
 * `Idempotency-Replayed: true`. The whole handler runs in one transaction with the record of its answer.
 */
@Injectable()
class RepeatableInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly requests: IdempotentRequests,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string') return next.handle();
    const scope = this.reflector.get<RepeatableScope>(scopeKey, context.getHandler());
    return from(this.answerOnce(key, scope, request, http.getResponse<FastifyReply>(), next));
  }

  private async answerOnce(
    key: string,
    scope: RepeatableScope,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const repeatable = {
      key,
      operation: `${request.method} ${request.url.split('?', 1)[0]}`,
      body: request.body,
      organization: scope === 'platform' ? ('platform' as const) : (request.organization as OrganizationRef),
      withoutSecrets,
    };
    const { answer, replayed } = await this.requests.run(request.principal as Principal, repeatable, () =>
      firstValueFrom(next.handle()),
    );
    if (replayed) reply.header('Idempotency-Replayed', 'true');
    return answer;
  }
}

/**
 * Makes a create safe to repeat by its `Idempotency-Key` header.
 *
 * @param scope `platform` where the work is not within the organization of the path
 */
export function Repeatable(scope: RepeatableScope = 'organization'): MethodDecorator {
  return applyDecorators(
    SetMetadata(scopeKey, scope),
    UseInterceptors(RepeatableInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes the request safe to repeat: the same key with the same body is answered the same, with the header ' +
        '`Idempotency-Replayed: true`; secrets only for a few minutes. The same key with another body is refused ' +
        'with 422.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    }),
  );
}

/** The answer, or each element of it, without a secret, be it sealed: who gets hold of the key later opens it. */
export function withoutSecrets(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(withoutSecrets);
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !secretNames.has(name)));
}
