import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { LeakReportQueue, LeakReports } from '#libs/credentials';

/** Counts the leaked credentials that were reported to this process. */
@Injectable()
export class LeakMetrics {
  constructor(reports: LeakReports, queue: LeakReportQueue, @Inject(Registry) registry: Registry) {
    new Counter({
      name: 'leaked_credentials_total',
      help: 'Reports of secrets that open a credential, by who reported and what was done; repeated: nothing more.',
      labelNames: ['source', 'action'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [key, count] of reports.totals) {
          const [source = '', action = ''] = key.split(' ');
          this.inc({ source, action }, count);
        }
      },
    });
    new Gauge({
      name: 'leak_reports_waiting',
      help: 'Reports of leaks from anybody that were not looked at yet.',
      registers: [registry],
      collect() {
        this.set(queue.length);
      },
    });
  }
}
