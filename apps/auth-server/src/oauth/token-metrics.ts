import { Inject, Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { EarlyRequests, TokenQuotas } from '#libs/tokens';

/** Figures of the token endpoints of this process, beside those of its requests. */
@Injectable()
export class TokenMetrics {
  constructor(quotas: TokenQuotas, early: EarlyRequests, @Inject(Registry) registry: Registry) {
    new Counter({
      name: 'token_quota_exceeded_total',
      help: 'Tokens beyond a quota: refused (enforce), or made all the same (shadow).',
      labelNames: ['level', 'mode'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [key, count] of quotas.exceeded) {
          const [level = '', mode = ''] = key.split(' ');
          this.inc({ level, mode }, count);
        }
      },
    });
    new Counter({
      name: 'token_early_requests_total',
      help: 'Tokens made while most of the life of the last one for the same remained.',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(early.count);
      },
    });
  }
}
