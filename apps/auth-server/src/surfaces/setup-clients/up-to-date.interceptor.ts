import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { from, mergeMap, type Observable } from 'rxjs';
import { ScheduledChanges } from '#libs/clients';
import type { OrganizationRef } from '#libs/organizations';
import { HttpProblem } from '../../http/problems/problem.js';

const moduleName = 'oauthv2';

/** Puts in force what is due before anything is looked at or changed; and knows no other module than ours. */
@Injectable()
export class UpToDateInterceptor implements NestInterceptor {
  constructor(private readonly scheduled: ScheduledChanges) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { params, organization } = context.switchToHttp().getRequest<FastifyRequest>();
    if ((params as { module?: string }).module !== moduleName) {
      throw new HttpProblem(404, 'route_not_found', `There is no such module; there is ${moduleName}.`);
    }
    const { id } = organization as OrganizationRef;
    return from(this.scheduled.applyDue(id)).pipe(mergeMap(() => next.handle()));
  }
}
