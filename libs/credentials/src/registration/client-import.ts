import { Inject, Injectable } from '@nestjs/common';
import PQueue from 'p-queue';
import { authorityScopes, type Principal } from '#libs/access';
import { type Client, ClientsService, type PlacedDraft, type TakenClient } from '#libs/clients';
import { Clock, type Issue, invalid, newRowId, Settings } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import { lockOrganization, type OrganizationRef, OrganizationsService } from '#libs/organizations';
import { endOfNew } from '../credential-policy.js';
import { type HashedCredential, HashedCredentials } from '../secrets/hashed-credentials.js';
import { hintOf } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import {
  fingerprintOf,
  fitClient,
  type ImportedClient,
  type ImportedSecret,
  type ImportNotice,
  type ImportRules,
  issuesOfImported,
} from './imported-client.js';

const hashedAtOnce = 4;
const writtenAtOnce = 250;
const lookedUpAtOnce = 1_000;
const attributeName = 'import';

/** How an import is to be done. */
export interface ImportOptions {
  /** Where the clients come from; the audit log names it. */
  readonly source: string;
  /** Everything is done but the commit. */
  readonly isDryRun: boolean;
  /** Whether scopes are taken that entitle to something on the server's own surfaces. */
  readonly takesAuthorityScopes: boolean;
  onProgress(phase: 'hashing' | 'writing', done: number, total: number): void;
}

/** What is told of a client that was brought: nothing of its secrets but how many there are. */
export interface BroughtClient {
  readonly place: string;
  readonly clientId: string;
  readonly secrets: number;
}

/** What became of an import. */
export interface ImportOutcome {
  readonly created: readonly BroughtClient[];
  /** Those that an earlier import made of the same entries; their secrets are not compared. */
  readonly unchanged: readonly BroughtClient[];
  readonly notices: readonly ImportNotice[];
}

/** A client whose secrets are hashed, with the id that its row gets. */
interface PreparedClient extends ImportedClient {
  readonly rowId: string;
  readonly hashes: readonly Omit<HashedCredential, 'client'>[];
}

/** Ends the transaction of a dry run. */
class DryRunEnd extends Error {}

/** Brings clients from other servers, with their ids and secrets: all of a file or none. */
@Injectable()
export class ClientImport {
  constructor(
    private readonly transactions: Transactions,
    private readonly organizations: OrganizationsService,
    private readonly clients: ClientsService,
    private readonly credentials: HashedCredentials,
    private readonly hasher: SecretHasher,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * Checks everything, hashes, and then writes in one transaction.
   *
   * @throws DomainError `invalid` with the code `import_refused` and every issue, each path beginning with a place;
   *   `forbidden`, `not_found`, `conflict` as ClientsService.insertAll
   */
  async run(
    caller: Principal,
    organization: OrganizationRef,
    clients: readonly ImportedClient[],
    options: ImportOptions,
  ): Promise<ImportOutcome> {
    const rules = await this.rulesOf(caller, organization);
    const fitted = clients.map((client) => fitClient(client, rules));
    const marked = fitted.map(({ client }) => markedBy(client, options.source));
    const taken = await this.findTaken(marked);
    const unchanged = marked.filter((client) => isSame(client, taken, organization));
    const isUnchanged = new Set(unchanged);
    const fresh = marked.filter((client) => !isUnchanged.has(client));
    mustBeImportable(marked, fresh, taken, organization, rules, options);
    const prepared = await this.prepare(fresh, rules, options);
    await this.write(caller, organization, prepared, options);
    const notices = fitted.flatMap(({ notices }, index) =>
      isUnchanged.has(marked[index] as ImportedClient) ? [] : notices,
    );
    return { created: fresh.map(toBrought), unchanged: unchanged.map(toBrought), notices };
  }

  private async rulesOf(caller: Principal, organization: OrganizationRef): Promise<ImportRules> {
    const { settings } = await this.organizations.get(caller, organization);
    const maxCredentialsPerClient = settings.maxCredentialsPerClient ?? this.settings.maxCredentialsPerClient;
    return { settings, maxCredentialsPerClient, now: this.clock.now() };
  }

  private async findTaken(clients: readonly ImportedClient[]): Promise<Map<string, TakenClient>> {
    const taken = new Map<string, TakenClient>();
    for (const some of inPieces(clients, lookedUpAtOnce)) {
      const found = await this.clients.findTaken(some.map(({ draft }) => draft.clientId));
      for (const client of found) taken.set(client.clientId, client);
    }
    return taken;
  }

  /** Slow hashes take their time before the transaction, so that nobody waits for its locks meanwhile. */
  private async prepare(
    clients: readonly ImportedClient[],
    rules: ImportRules,
    { onProgress }: ImportOptions,
  ): Promise<PreparedClient[]> {
    const queue = new PQueue({ concurrency: hashedAtOnce });
    let done = 0;
    const prepareOne = async (client: ImportedClient): Promise<PreparedClient> => {
      const rowId = newRowId();
      const hashes: PreparedClient['hashes'][number][] = [];
      for (const secret of client.secrets) hashes.push(await this.hash(secret, rowId, rules));
      onProgress('hashing', ++done, clients.length);
      return { ...client, rowId, hashes };
    };
    return queue.addAll(clients.map((client) => () => prepareOne(client)));
  }

  private async hash(
    secret: ImportedSecret,
    rowId: string,
    { settings, now }: ImportRules,
  ): Promise<PreparedClient['hashes'][number]> {
    const { name } = secret;
    const expiresAt = endOfNew(secret.expiresAt, settings, now);
    if ('hash' in secret)
      return {
        name,
        expiresAt,
        hint: '…',
        hash: this.hasher.keepImported(secret.hash, rowId),
        lookupHash: null,
      };
    const hash = await this.hasher.hashForeign(secret.secret, rowId);
    const lookupHash = this.hasher.lookupHashFor(hash, secret.secret);
    return { name, expiresAt, hint: hintOf(secret.secret), hash, lookupHash };
  }

  private async write(
    caller: Principal,
    organization: OrganizationRef,
    clients: readonly PreparedClient[],
    options: ImportOptions,
  ): Promise<void> {
    if (clients.length === 0) return;
    // In one order for everybody, and one import of an organization at a time: no two of them wait for each other.
    const inOrder = [...clients].sort((a, b) => (a.draft.clientId < b.draft.clientId ? -1 : 1));
    let done = 0;
    try {
      await this.transactions.run(caller.within(organization), async (transaction) => {
        await lockOrganization(transaction.manager, organization);
        for (const some of inPieces(inOrder, writtenAtOnce)) {
          await this.writeSome(transaction, caller, organization, some, options.source);
          done += some.length;
          options.onProgress('writing', done, clients.length);
        }
        if (!options.isDryRun) return;
        await transaction.settled();
        throw new DryRunEnd();
      });
    } catch (error) {
      if (!(error instanceof DryRunEnd)) throw error;
    }
  }

  private async writeSome(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    some: readonly PreparedClient[],
    source: string,
  ): Promise<void> {
    const drafts = some.map(({ draft, place: path, rowId }): PlacedDraft => ({ draft, path, rowId }));
    await this.clients.insertAll(transaction, caller, organization, drafts, (clients) => {
      const hashed = some.flatMap(({ hashes }, index) =>
        hashes.map((hash) => ({ ...hash, client: clients[index] as Client })),
      );
      return this.credentials.insertAll(transaction, caller, hashed, { importedFrom: source });
    });
  }
}

function toBrought({ place, draft, secrets }: ImportedClient): BroughtClient {
  return { place, clientId: draft.clientId, secrets: secrets.length };
}

/** Notes with the client where it came from, by which a later import knows it again. */
function markedBy(client: ImportedClient, source: string): ImportedClient {
  const mark = { source, fingerprint: fingerprintOf(client) };
  const attributes = { ...client.draft.attributes, [attributeName]: mark };
  return { ...client, draft: { ...client.draft, attributes } };
}

function isSame(
  { draft }: ImportedClient,
  taken: ReadonlyMap<string, TakenClient>,
  organization: OrganizationRef,
): boolean {
  const there = taken.get(draft.clientId);
  if (there?.organizationId !== organization.id) return false;
  return (
    there.attributes[attributeName]?.['fingerprint'] === draft.attributes?.[attributeName]?.['fingerprint']
  );
}

function mustBeImportable(
  all: readonly ImportedClient[],
  fresh: readonly ImportedClient[],
  taken: ReadonlyMap<string, TakenClient>,
  organization: OrganizationRef,
  rules: ImportRules,
  { takesAuthorityScopes }: ImportOptions,
): void {
  const issues = [
    ...repeatedIds(all),
    ...fresh.flatMap((client) => [
      ...collisionOf(client, taken, organization),
      ...(takesAuthorityScopes ? [] : authorityIssues(client)),
      ...issuesOfImported(client, rules),
    ]),
  ];
  if (issues.length === 0) return;
  throw invalid('The file cannot be imported. Nothing was written.', issues, 'import_refused');
}

function repeatedIds(clients: readonly ImportedClient[]): Issue[] {
  const places = new Map<string, string>();
  return clients.flatMap(({ place, draft: { clientId } }): Issue[] => {
    const first = places.get(clientId);
    if (first !== undefined)
      return [{ path: `${place}: clientId`, message: `must not repeat the one of ${first}` }];
    places.set(clientId, place);
    return [];
  });
}

function collisionOf(
  { place, draft }: ImportedClient,
  taken: ReadonlyMap<string, TakenClient>,
  { id, customerId }: OrganizationRef,
): Issue[] {
  const there = taken.get(draft.clientId);
  if (!there) return [];
  const where = there.organizationId === id ? customerId : 'another organization';
  const message = `is taken: ${where} has a client of this id that was not imported from the same entry`;
  return [{ path: `${place}: clientId`, message }];
}

/** Such scopes are no mere names here: who brings a file should not make administrators by accident. */
function authorityIssues({ place, draft }: ImportedClient): Issue[] {
  return draft.scopes.flatMap((scope, index) =>
    authorityScopes.has(scope)
      ? [{ path: `${place}: scopes[${index}]`, message: `gives rights on this server itself (${scope})` }]
      : [],
  );
}

function* inPieces<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
