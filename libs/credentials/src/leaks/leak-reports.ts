import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { DomainError, type Page, type PageRequest } from '#libs/common';
import { fetchPage, Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { findSecrets } from '../secrets/secret-format.js';
import { Leak, type LeakAction, type LeakSource } from './leak.entity.js';
import { type FoundCredential, LeakFinder, type SuspectedSecret } from './leak-finder.js';
import { LeakResponse, type LeakSighting } from './leak-response.js';

/** That a secret can be read by people whom it is not for. */
export interface LeakReport extends SuspectedSecret, LeakSighting {}

/** How often something was done about a leak, by `source action`; `repeated`: it was known. */
export type LeakTotals = ReadonlyMap<string, number>;

/** Takes reports of leaked secrets, and lists what was reported. */
@Injectable()
export class LeakReports {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly transactions: Transactions,
    private readonly finder: LeakFinder,
    private readonly response: LeakResponse,
  ) {}

  /** Since this process began. */
  get totals(): LeakTotals {
    return this.counts;
  }

  /**
   * Does what has to be done about each of the reports, one after the other; those before one that fails are done.
   *
   * @returns for each whether the secret opens a credential here, or once did
   * @throws DomainError `unavailable` when too many slow comparisons are waiting
   */
  async handle(reports: readonly LeakReport[]): Promise<boolean[]> {
    const found = await this.finder.find(reports);
    for (const [index, report] of reports.entries()) {
      const { secret, clientId: _, ...sighting } = report;
      const url = withoutSecret(report.url, secret);
      for (const credential of found[index] ?? []) await this.respond(credential, { ...sighting, url });
    }
    return found.map((credentials) => credentials.length > 0);
  }

  /** What was reported of the credentials of an organization, the oldest first; each with its client. */
  async list(caller: Principal, organization: OrganizationRef, page: PageRequest): Promise<Page<Leak>> {
    return this.transactions.read(caller.within(organization), (manager) =>
      fetchPage(
        manager
          .createQueryBuilder(Leak, 'leak')
          .where('leak.organizationId = :organizationId', { organizationId: organization.id }),
        page,
        (leaks) =>
          leaks
            .innerJoinAndSelect('leak.credential', 'credential')
            .innerJoinAndSelect('credential.client', 'client'),
      ),
    );
  }

  private async respond(credential: FoundCredential, sighting: LeakSighting): Promise<void> {
    try {
      this.count(sighting.source, await this.response.respond(credential, sighting));
    } catch (error) {
      // Its client was deleted meanwhile.
      if (!(error instanceof DomainError && error.kind === 'not_found')) throw error;
    }
  }

  private count(source: LeakSource, action: LeakAction | undefined): void {
    const key = `${source} ${action ?? 'repeated'}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

/** The URL, unless it contains a secret: then it is not kept. */
function withoutSecret(url: string, secret: string): string {
  const spellings = [url, decoded(url)];
  return spellings.some((text) => text.includes(secret) || findSecrets(text).length > 0) ? '' : url;
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
