import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { type Client, ClientsService, type PlacedDraft } from '#libs/clients';
import { forbidden, invalid } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import { type OrganizationRef, TenantsService } from '#libs/organizations';
import type { Credential } from './credential.entity.js';
import { type CredentialDraft, CredentialIssuer, type IssuedCredential } from './credential-issuer.js';
import { mustBeAcceptable } from './secret-maker.js';

/** A client to register or replace, with the secret that the caller chose for it, if any. */
export interface RegistrationDraft extends PlacedDraft {
  readonly secret: string | undefined;
  /** More of the first credential of a new client, where a surface has a say in it. */
  readonly credential?: Omit<Partial<CredentialDraft>, 'secret'>;
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
    private readonly tenants: TenantsService,
  ) {}

  /** @throws DomainError as ClientsService.insertAll and CredentialIssuer.issue */
  async register(
    caller: Principal,
    organization: OrganizationRef,
    drafts: readonly RegistrationDraft[],
  ): Promise<RegisteredWithSecret[]> {
    mustHaveAcceptableSecrets(drafts);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      const clients = await this.clients.insertAll(transaction, caller, organization, drafts);
      const registered: RegisteredWithSecret[] = [];
      for (const [index, client] of clients.entries()) {
        const issued = await this.issueFirst(transaction, caller, client, drafts[index]);
        registered.push({ client, credential: issued?.credential ?? null, secret: issued?.secret ?? null });
      }
      return registered;
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

  private async issueFirst(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    draft: RegistrationDraft | undefined,
  ): Promise<IssuedCredential | undefined> {
    if (client.type === 'public') return undefined;
    const secret = draft?.secret;
    return this.issuer.issueFirst(transaction, caller, client, {
      ...draft?.credential,
      ...(secret !== undefined && { secret }),
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

/** Each one costs a slow hash, and all of them together are one transaction. */
const mostChosenSecrets = 100;

function mustHaveAcceptableSecrets(drafts: readonly RegistrationDraft[]): void {
  if (drafts.filter(({ secret }) => secret !== undefined).length > mostChosenSecrets) {
    const message = `must be left out of all but ${mostChosenSecrets} elements`;
    throw invalid('The request chooses too many secrets.', [{ path: 'clientSecret', message }]);
  }
  for (const { secret, path } of drafts) if (secret !== undefined) mustBeAcceptable(secret, path);
}
