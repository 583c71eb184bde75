import { invalid } from '#libs/common';
import type { ClientFilter } from '#libs/credentials';
import { isMoment } from '../../http/fields.js';
import type { OAuthClientsQuery } from './oauth-clients.dto.js';

const usualLimit = 250;

/** What a query asks the directory for. */
export interface ClientSearch {
  readonly filter: ClientFilter;
  readonly slice: { readonly limit: number; readonly offset: number };
}

/** @throws DomainError `invalid` for a filter that is not supported */
export function fromQuery({ filters, limit = usualLimit, offset = 0 }: OAuthClientsQuery): ClientSearch {
  return { filter: filters === undefined ? {} : fromFilters(filters), slice: { limit, offset } };
}

function fromFilters(filters: string): ClientFilter {
  if (filters === 'lastUsed isnull') return { neverUsed: true };
  const [, moment] = /^lastUsed le (\S+)$/.exec(filters) ?? [];
  if (moment !== undefined && isMoment(moment)) return { lastUsedAtMost: new Date(moment) };
  throw invalid('The query is not valid.', [
    { path: 'filters', message: 'must be lastUsed isnull, or lastUsed le and an ISO 8601 date and time' },
  ]);
}
