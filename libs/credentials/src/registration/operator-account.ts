import { Inject, Injectable } from '@nestjs/common';
import { Principal, roleAdmin } from '#libs/access';
import { type ClientDraft, ClientsService } from '#libs/clients';
import { Settings } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import { Organization, type OrganizationRef, OrganizationsService } from '#libs/organizations';
import { CredentialIssuer } from '../credential-issuer.js';
import { ClientRegistration } from './client-registration.js';

const platformCustomerId = 'PLATFORM';
const usualClientId = 'operator';

/** The operator's way in: shown once. */
export interface OperatorAccess {
  readonly clientId: string;
  readonly secret: string;
  /** Whether the operator chose the secret, and so need not be shown it. */
  readonly isChosen: boolean;
}

/** The first organization with the client that operates the server: made at the first start, reset by command line. */
@Injectable()
export class OperatorAccount {
  constructor(
    private readonly transactions: Transactions,
    private readonly organizations: OrganizationsService,
    private readonly clients: ClientsService,
    private readonly registration: ClientRegistration,
    private readonly issuer: CredentialIssuer,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** Makes the operator of a new server. @returns undefined when the server has its first organization already */
  async makeFirst(): Promise<OperatorAccess | undefined> {
    return this.transactions.run('platform', async (transaction) => {
      await transaction.manager.query(`select pg_advisory_xact_lock(hashtext('clientele operator'))`);
      if (await this.findPlatform(transaction)) return undefined;
      const caller = Principal.system('system');
      const organization = await this.organizations.create(caller, platformDraft, []);
      const clientId = this.settings.bootstrapClientId ?? usualClientId;
      const chosen = this.settings.bootstrapClientSecret;
      const draft = operatorDraft(clientId);
      const [registered] = await this.registration.register(caller, organization, [
        { draft, path: '', secret: chosen },
      ]);
      if (!registered?.secret) throw new Error('The operator was not registered.');
      return { clientId, secret: registered.secret, isChosen: chosen !== undefined };
    });
  }

  /**
   * Gives the operator a new secret and ends the old ones with all tokens bought by them.
   *
   * @throws DomainError `not_found` when the server was never started, or its operator was deleted
   */
  async resetSecret(): Promise<OperatorAccess> {
    return this.transactions.run('platform', async (transaction) => {
      const organization = await this.findPlatform(transaction);
      const clientId = this.settings.bootstrapClientId ?? usualClientId;
      const platform: OrganizationRef = organization ?? { id: '', customerId: platformCustomerId };
      const client = (await this.clients.lockAll(transaction, platform, [clientId])).get(clientId);
      if (!client) throw new Error('The operator was not locked.');
      const caller = Principal.system('command line');
      const { secret } = await this.issuer.replaceAll(transaction, caller, client, { name: null });
      return { clientId, secret, isChosen: false };
    });
  }

  private findPlatform({ manager }: Transaction): Promise<Organization | null> {
    return manager.findOneBy(Organization, { customerId: platformCustomerId });
  }
}

const platformDraft = {
  customerId: platformCustomerId,
  name: 'Platform',
  description: 'The operator of this server',
  enabled: true,
  settings: {},
  jwtVersion: null,
  tokenReuse: 'fresh',
  maxActiveTokens: null,
} as const;

function operatorDraft(clientId: string): ClientDraft {
  return {
    clientId,
    name: 'Operator',
    description: null,
    email: null,
    enabled: true,
    grantTypes: ['client_credentials'],
    authenticationMethods: ['client_secret_basic', 'client_secret_post'],
    roles: { [roleAdmin]: [] },
    defaultRolesAssignment: false,
    scopes: [],
    authorities: [],
    audiences: [],
    redirectUris: [],
    accessTokenTtlSeconds: null,
    refreshTokenTtlSeconds: null,
    attributes: {},
  };
}
