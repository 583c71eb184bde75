import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { DomainError, type Issue, invalid, type PageRequest, pageRequest } from '#libs/common';
import type { Moment } from '#libs/organizations';
import { Flag, isMoment, Text, WholeNumber } from '../../http/fields.js';
import { QueryPipe } from '../../http/parsing/query.pipe.js';
import type { Query } from '../../http/parsing/query-parser.js';
import { malformedQuery } from './setup-clients-error.filter.js';

const highestLimit = 1000;
const metadataPrefix = 'metadata.';

/** At which moment, and whether with what is deleted. */
class MomentQuery {
  @Text({
    optional: true,
    max: 40,
    description: 'Looks at this moment instead of now: ISO 8601, or `any` for whatever moment.',
    example: '2030-01-31T12:00:00.000Z',
    test: {
      passes: (value) => value === 'any' || isMoment(value),
      message: 'must be any, or an ISO 8601 date and time with an offset, such as 2030-01-31T12:00:00Z',
    },
  })
  validAt?: string;

  @Flag({ optional: true, default: false, description: 'Shows what is deleted too.' })
  includeSoftDeletedStates?: boolean;
}

/** Where a list begins, and how long it is. */
class PageQuery {
  @WholeNumber({
    optional: true,
    min: 1,
    max: highestLimit,
    default: highestLimit,
    description: 'How many to answer at most.',
  })
  limit?: number;

  @Text({ optional: true, description: 'Where to go on: the cursor of the `Link` header. Opaque.' })
  cursor?: string;
}

class SnapshotsFields extends PageQuery {
  @Flag({ optional: true, default: false, description: 'Shows what is deleted too.' })
  includeSoftDeletedStates?: boolean;
}

class DeletedQuery {
  @Flag({ optional: true, default: false, description: 'Shows what is deleted too.' })
  includeSoftDeletedStates?: boolean;
}

class StatesFields extends MomentQuery {
  @Text({ optional: true, description: 'Only what has exactly this name.' })
  name?: string;

  @Text({ optional: true, description: 'Only what has exactly this owner.' })
  owner?: string;

  @WholeNumber({
    optional: true,
    min: 1,
    max: highestLimit,
    default: highestLimit,
    description: 'How many to answer at most.',
  })
  limit?: number;

  @Text({ optional: true, description: 'Where to go on: the cursor of the `Link` header. Opaque.' })
  cursor?: string;
}

/** What states must have to be found. */
export interface Labels {
  readonly name?: string;
  readonly owner?: string;
  readonly metadata?: readonly { readonly name: string; readonly value: string }[];
}

/** What a list is asked for. */
export interface StatesSearch {
  readonly moment: Moment;
  readonly labels: Labels;
  readonly page: PageRequest;
}

/** Reads the query of a list of setups or clients, `metadata.<name>` included. */
export class StatesPipe implements PipeTransform<Query | undefined, StatesSearch> {
  private readonly fields = new QueryPipe(StatesFields);

  /** @throws DomainError `invalid` */
  transform(query: Query = {}): StatesSearch {
    return inQueryWords(() => {
      const { name, owner, limit = highestLimit, cursor, ...moment } = this.fields.transform(query);
      const metadata = metadataOf(query);
      return {
        moment: toMoment(moment),
        labels: {
          ...(name !== undefined && { name }),
          ...(owner !== undefined && { owner }),
          ...(metadata.length > 0 && { metadata }),
        },
        page: pageRequest(limit, cursor),
      };
    });
  }
}

/** Reads the query of one setup or client. */
export class MomentPipe implements PipeTransform<Query | undefined, Moment> {
  private readonly fields = new QueryPipe(MomentQuery);

  /** @throws DomainError `invalid` */
  transform(query: Query | undefined): Moment {
    return inQueryWords(() => toMoment(this.fields.transform(query)));
  }
}

/** What a list of snapshots is asked for. */
export interface SnapshotsSearch {
  readonly includesDeleted: boolean;
  readonly page: PageRequest;
}

/** Reads the query of a list of snapshots, or of resource servers, of which nothing deleted remains. */
export class SnapshotsPipe implements PipeTransform<Query | undefined, SnapshotsSearch> {
  private readonly fields = new QueryPipe(SnapshotsFields);

  /** @throws DomainError `invalid` */
  transform(query: Query | undefined): SnapshotsSearch {
    return inQueryWords(() => {
      const { includeSoftDeletedStates, limit = highestLimit, cursor } = this.fields.transform(query);
      return {
        includesDeleted: includeSoftDeletedStates ?? false,
        page: pageRequest(limit, cursor),
      };
    });
  }
}

/** Reads the query of one snapshot: whether it is shown when it is deleted. */
export class DeletedPipe implements PipeTransform<Query | undefined, boolean> {
  private readonly fields = new QueryPipe(DeletedQuery);

  /** @throws DomainError `invalid` */
  transform(query: Query | undefined): boolean {
    return inQueryWords(() => this.fields.transform(query).includeSoftDeletedStates ?? false);
  }
}

/** Documents the queries of lists, whose types here are not those of the wire. */
export const DescribesStates = () =>
  queriesOf(StatesFields, ['metadata.<name>', 'Only what has this metadata value.']);
export const DescribesMoment = () => queriesOf(MomentQuery);
export const DescribesSnapshots = () => queriesOf(SnapshotsFields);
export const DescribesDeleted = () => queriesOf(DeletedQuery);
export const DescribesPage = () => queriesOf(PageQuery);

function queriesOf(type: new () => object, ...more: [name: string, description: string][]): MethodDecorator {
  return applyDecorators(
    ApiQuery({ type }),
    ...more.map(([name, description]) => ApiQuery({ name, description, required: false, type: String })),
  );
}

function toMoment({ validAt, includeSoftDeletedStates = false }: MomentQuery): Moment {
  const at = validAt === undefined || validAt === 'any' ? validAt : new Date(validAt);
  return { at, includesDeleted: includeSoftDeletedStates };
}

function metadataOf(query: Query): { name: string; value: string }[] {
  const issues: Issue[] = [];
  const found = Object.entries(query).flatMap(([key, value]) => {
    if (!key.startsWith(metadataPrefix)) return [];
    const name = key.slice(metadataPrefix.length);
    if (typeof value === 'string' && name !== '') return [{ name, value }];
    issues.push({ path: 'metadata', message: 'must be sent as metadata.<name>, each name once' });
    return [];
  });
  if (issues.length > 0) throw invalid('The query is not valid.', issues);
  return found;
}

function inQueryWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'invalid') throw error;
    throw new DomainError('invalid', error.message, {
      code: malformedQuery,
      issues: error.issues,
      cause: error,
    });
  }
}
