import { Injectable } from '@nestjs/common';
import { PlatformDataSource } from '#libs/database';
import { SecretHasher } from '../secrets/secret-hasher.js';

/** A secret, and whose it may be. */
export interface SuspectedSecret {
  readonly secret: string;
  /** Needed for a secret that somebody chose: of those nothing is stored by which they are found. */
  readonly clientId?: string;
}

/** The credential that a secret opens, or once did. */
export interface FoundCredential {
  readonly id: string;
  readonly clientId: string;
  readonly organizationId: string;
  readonly customerId: string;
}

interface Candidate extends FoundCredential {
  readonly hash: string;
  readonly lookupHash: Buffer | null;
  readonly clientRowId: string;
}

const columns = `
  select k.id, k.hash, k.lookup_hash as "lookupHash", k.client_row_id as "clientRowId", c.client_id as "clientId",
    o.id as "organizationId", o.customer_id as "customerId"
  from credential k join client c on c.id = k.client_row_id join organization o on o.id = c.organization_id`;

/** Of a client those that may still matter; slow comparisons are worth it only for what is not revoked. */
const mostOfClient = 20;

const byLookup = `${columns} where k.lookup_hash = any($1::bytea[])`;
const byClient = `${columns}
  where c.client_id = $1 and k.hash is not null and (k.revoked_at is null or k.hash like 'hmac-sha256$%')
  order by k.revoked_at is not null, k.created_at desc limit ${mostOfClient}`;

/** Finds the credentials of secrets, whoever's they are: the work for each does not grow with the credentials there are. */
@Injectable()
export class LeakFinder {
  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly hasher: SecretHasher,
  ) {}

  /**
   * The credentials that each of the secrets opens, also if they have ended: mostly none, rarely more than one.
   *
   * @throws DomainError `unavailable` when too many slow comparisons are waiting
   */
  async find(secrets: readonly SuspectedSecret[]): Promise<(readonly FoundCredential[])[]> {
    const hashes = secrets.map(({ secret }) => this.hasher.lookupHashesOf(secret));
    const candidates = await this.dataSource.query<Candidate[]>(byLookup, [hashes.flat()]);
    const found: (readonly FoundCredential[])[] = [];
    for (const [index, { secret, clientId }] of secrets.entries()) {
      const own = candidates.filter(({ lookupHash }) =>
        hashes[index]?.some((hash) => lookupHash?.equals(hash)),
      );
      const opened = await this.openedBy(secret, own);
      const ofClient =
        opened.length > 0 || clientId === undefined ? [] : await this.ofClient(secret, clientId);
      found.push([...opened, ...ofClient]);
    }
    return found;
  }

  /** What is found by the lookup hash counts only if the secret really opens it. */
  private async openedBy(secret: string, candidates: readonly Candidate[]): Promise<Candidate[]> {
    const opened: Candidate[] = [];
    for (const candidate of candidates) {
      if (await this.hasher.match([candidate], secret, candidate.clientRowId)) opened.push(candidate);
    }
    return opened;
  }

  private async ofClient(secret: string, clientId: string): Promise<Candidate[]> {
    const candidates = await this.dataSource.query<Candidate[]>(byClient, [clientId]);
    const [first] = candidates;
    const opened = first && (await this.hasher.match(candidates, secret, first.clientRowId));
    return opened ? [opened] : [];
  }
}
