import { Inject, Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { NetworkWatch } from '#libs/credentials';

/** Counts the requests with a right secret that lists of allowed networks refused, or would have. */
@Injectable()
export class NetworkMetrics {
  constructor(watch: NetworkWatch, @Inject(Registry) registry: Registry) {
    new Counter({
      name: 'network_refusals_total',
      help: 'Clients that came from outside of their allowed networks, by whose list and its mode; shadow lets them in.',
      labelNames: ['level', 'mode'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [key, count] of watch.totals) {
          const [level = '', mode = ''] = key.split(' ');
          this.inc({ level, mode }, count);
        }
      },
    });
  }
}
