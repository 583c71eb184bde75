import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { type Client, ClientsService, type PlacedDraft } from '#libs/clients';
import { Clock, forbidden, invalid, newRowId } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import { type OrganizationRef, type OrganizationSettings, TenantsService } from '#libs/organizations';
import type { Credential } from '../credential.entity.js';
import { type CredentialDraft, CredentialIssuer } from '../credential-issuer.js';
import { mustExpireLater } from '../credential-lifetime.js';
import { endOfNew } from '../credential-policy.js';
import { type HashedCredential, HashedCredentials } from '../secrets/hashed-credentials.js';
import { type MadeSecret, mustBeAcceptable, SecretMaker } from '../secrets/secret-maker.js';

/** A client to register or replace, with the secret that the caller chose for it, if any. */
export interface RegistrationDraft extends PlacedDraft {
  readonly secret: string | undefined;
  /** More of the first credential of a new client, where a surface has a say in it. */
  readonly credential?: Omit<Partial<CredentialDraft>, 'secret'>;
}

/** A client about to be registered; a public one has no secret. */
interface PreparedDraft extends RegistrationDraft {
  readonly rowId: string;
  readonly made: MadeSecret | null;
}

/** A registered client with its secret: the only time that it is seen. */
export interface RegisteredWithSecret {
  readonly client: Client;
  /** Null: a public client has none. */
  readonly credential: Credential | null;
  readonly secret: string | null;
}

/** Registers clients together with their first secret, and replaces them; an array as a whole or not at all. */
@Injectable()
export class ClientRegistration {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: ClientsService,
    private readonly issuer: CredentialIssuer,
    private readonly maker: SecretMaker,
    private readonly credentials: HashedCredentials,
    private readonly tenants: TenantsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Secrets are hashed before the transaction, and the rows of all clients written together: so many as an array may
   * hold take under two seconds, and nobody waits for locks while a slow hash is computed.
   *
   * @throws DomainError as ClientsService.insertAll, and `invalid` for a secret or an end that breaks a rule
   */
  async register(
    caller: Principal,
    organization: OrganizationRef,
    drafts: readonly RegistrationDraft[],
  ): Promise<RegisteredWithSecret[]> {
    mustHaveAcceptableSecrets(drafts);
    const prepared = await this.prepare(drafts);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const credentials = new Map<string, Credential>();
      const furnish = (clients: readonly Client[], settings: OrganizationSettings) => {
        const hashed = this.firstCredentials(clients, prepared, settings);
        const inserted = this.credentials.insertAll(transaction, caller, hashed, {});
        for (const credential of inserted.credentials) credentials.set(credential.clientRowId, credential);
        return inserted;
      };
      const clients = await this.clients.insertAll(transaction, caller, organization, prepared, furnish);
      return clients.map((client, index) => ({
        client,
        credential: credentials.get(client.id) ?? null,
        secret: prepared[index]?.made?.secret ?? null,
      }));
    });
  }

  /**
   * Replaces everything of the clients but their secrets, and these too where one is given and differs.
   *
   * @throws DomainError `not_found`, `invalid`, `forbidden`
   */
  async replace(
    caller: Principal,
    organization: OrganizationRef,
    drafts: readonly RegistrationDraft[],
  ): Promise<Client[]> {
    mustHaveAcceptableSecrets(drafts);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const clientIds = drafts.map(({ draft }) => draft.clientId);
      const locked = await this.clients.lockAll(transaction, organization, clientIds);
      const clients = await this.clients.replaceAll(transaction, caller, organization, drafts, locked);
      for (const [index, client] of clients.entries()) {
        const secret = drafts[index]?.secret;
        if (secret !== undefined) await this.replaceSecret(transaction, caller, organization, client, secret);
      }
      return clients;
    });
  }

  /**
   * Changes one client by what it is at that moment: nobody else's change comes between reading and writing.
   *
   * @param change makes of the client what it is to be; undefined: it stays as it is
   * @throws DomainError `not_found`, `invalid`, `forbidden`, and what `change` throws
   */
  async change(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    change: (before: Client) => PlacedDraft | undefined,
  ): Promise<Client> {
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const locked = await this.clients.lockAll(transaction, organization, [clientId]);
      const before = locked.get(clientId) as Client;
      const draft = change(before);
      if (!draft) return before;
      const [changed] = await this.clients.replaceAll(transaction, caller, organization, [draft], locked);
      return changed as Client;
    });
  }

  /** Gives each draft the id of its row, which its secret's hash depends on, and the secret. */
  private async prepare(drafts: readonly RegistrationDraft[]): Promise<PreparedDraft[]> {
    const prepared: PreparedDraft[] = [];
    // One after the other: an array of slow hashes would take the places of those who are authenticating.
    for (const draft of drafts) {
      const rowId = newRowId();
      const isPublic = draft.draft.type === 'public';
      const made = isPublic ? null : await this.maker.make(draft.secret, rowId, draft.credential?.form);
      prepared.push({ ...draft, rowId, made });
    }
    return prepared;
  }

  /** @throws DomainError `invalid` for an end that breaks a rule */
  private firstCredentials(
    clients: readonly Client[],
    drafts: readonly PreparedDraft[],
    settings: OrganizationSettings,
  ): HashedCredential[] {
    const now = this.clock.now();
    return clients.flatMap((client, index) => {
      const { made, credential = {} } = drafts[index] as PreparedDraft;
      if (!made) return [];
      const { name = null, expiresAt, alg = null, allowedNetworks = null } = credential;
      mustExpireLater(expiresAt, now);
      const { hash, lookupHash, hint } = made;
      const end = endOfNew(expiresAt, settings, now);
      return [{ client, name, hash, lookupHash, hint, alg, allowedNetworks, expiresAt: end }];
    });
  }

  private async replaceSecret(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    client: Client,
    secret: string,
  ): Promise<void> {
    const tenants = await this.tenants.listIds(caller, organization);
    if (!caller.mayForTenants('Auth.Customer.Clients', 'UPDATE', organization.customerId, tenants)) {
      throw forbidden(
        'Changing a secret takes ROLE_ADMIN_CUSTOMER, or UPDATE for all tenants of the customer.',
      );
    }
    await this.issuer.replaceSecret(transaction, caller, organization, client, secret);
  }
}

/** Each one costs a slow hash, by design some 50 ms: more of them would be a request of minutes. */
const mostChosenSecrets = 100;

function mustHaveAcceptableSecrets(drafts: readonly RegistrationDraft[]): void {
  if (drafts.filter(({ secret }) => secret !== undefined).length > mostChosenSecrets) {
    const message = `must be left out of all but ${mostChosenSecrets} elements`;
    throw invalid('The request chooses too many secrets.', [{ path: 'clientSecret', message }]);
  }
  for (const { secret, path } of drafts) if (secret !== undefined) mustBeAcceptable(secret, path);
}
