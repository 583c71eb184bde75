import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '#libs/access';
import {
  type Client,
  type ClientDraft,
  type ClientState,
  ClientsService,
  type ClientVersion,
  generateClientId,
  lockSettings,
  SetupClientsService,
} from '#libs/clients';
import { type Issue, invalid } from '#libs/common';
import { type Transaction, Transactions } from '#libs/database';
import {
  declaredScopes,
  grantTypesFor,
  type OrganizationRef,
  type Setup,
  SetupsService,
  Snapshots,
} from '#libs/organizations';
import type { SecretForm } from '../secrets/secret-format.js';
import { ClientRegistration, type RegisteredWithSecret } from './client-registration.js';

/** What a caller may say of a client of a setup. */
export interface SetupClientDraft
  extends Pick<
    ClientState,
    | 'name'
    | 'type'
    | 'authenticationMethods'
    | 'scopes'
    | 'redirectUris'
    | 'accessTokenTtlSeconds'
    | 'refreshTokenTtlSeconds'
    | 'authorization'
    | 'attributes'
  > {
  /** Left out: generated, or that of the client that is replaced. */
  readonly clientId: string | undefined;
  /** Left out: those of the setup. */
  readonly grantTypes: readonly string[] | undefined;
  readonly secret: string | undefined;
  /** When it begins; left out: now. */
  readonly validFrom: Date | undefined;
  /** Whether it must have a redirect URI even when authorization_code is only what its setup has. */
  readonly needsRedirectUri?: boolean;
}

/** Registers and replaces the clients of setups: now, or from a moment on. */
@Injectable()
export class SetupRegistration {
  constructor(
    private readonly transactions: Transactions,
    private readonly setups: SetupsService,
    private readonly clients: ClientsService,
    private readonly setupClients: SetupClientsService,
    private readonly registration: ClientRegistration,
    private readonly snapshots: Snapshots,
  ) {}

  /**
   * @param secretForm of a secret that is generated
   * @throws DomainError `not_found` for the setup, `invalid`, `conflict` for a client id that is taken
   */
  async register(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    draft: SetupClientDraft,
    secretForm: SecretForm,
  ): Promise<RegisteredWithSecret> {
    this.setups.mustNotBePast(draft.validFrom);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      await lockSettings(transaction.manager, organization);
      const setup = await this.setups.getInForce(transaction, organization, setupId);
      const { validFrom: startsAt, secret } = draft;
      const complete = {
        ...(await completeFor(transaction.manager, setup, draft, undefined)),
        clientId: draft.clientId ?? generateClientId(),
        description: null,
        // A client that is yet to begin gets no token until then.
        enabled: startsAt === undefined,
      };
      const credential = { form: secretForm };
      const [registered] = await this.registration.register(caller, organization, [
        { draft: complete, path: '', secret, credential, ...(startsAt && { startsAt }) },
      ]);
      return registered as RegisteredWithSecret;
    });
  }

  /**
   * Replaces everything of a client but its secret, and that too where one is given; or plans to.
   *
   * @throws DomainError `not_found`, `invalid`, `forbidden`
   */
  async replace(
    caller: Principal,
    organization: OrganizationRef,
    setupId: string,
    clientRowId: string,
    draft: SetupClientDraft,
  ): Promise<ClientVersion> {
    this.setups.mustNotBePast(draft.validFrom);
    return this.transactions.run(caller.within(organization), async (transaction) => {
      await lockSettings(transaction.manager, organization);
      const setup = await this.setups.getInForce(transaction, organization, setupId);
      const { clientId } = await this.setupClients.getRow(transaction, organization, setupId, clientRowId);
      const locked = await this.clients.lockAll(transaction, organization, [clientId]);
      const before = locked.get(clientId) as Client;
      mustFit(draft, before);
      const complete = await this.completeReplacement(transaction, setup, draft, before);
      const placed = { draft: complete, path: '' };
      if (draft.validFrom) {
        const { validFrom } = draft;
        const client = { ...before, setupId: setup.id };
        const state = await this.setupClients.plan(
          transaction,
          caller,
          organization,
          client,
          placed,
          validFrom,
        );
        return { clientId, state, validFrom };
      }
      const [after] = await this.registration.replace(caller, organization, [
        { ...placed, secret: draft.secret },
      ]);
      return { clientId, state: after as Client, validFrom: (after as Client).updatedAt };
    });
  }

  /** A client that is replaced before it begins, begins. */
  private async completeReplacement(
    transaction: Transaction,
    setup: Setup,
    draft: SetupClientDraft,
    before: Client,
  ): Promise<ClientDraft> {
    const hasBegun = await this.snapshots.hasBegun(transaction, before.id);
    return {
      ...(await completeFor(transaction.manager, setup, draft, before)),
      clientId: before.clientId,
      description: before.description,
      enabled: hasBegun ? before.enabled : true,
    };
  }
}

/** @throws DomainError `invalid` for what cannot be changed, or not at that time */
function mustFit({ clientId, secret, validFrom, type }: SetupClientDraft, before: Client): void {
  const issues: Issue[] = [];
  if (clientId !== undefined && clientId !== before.clientId) {
    issues.push({ path: 'clientId', message: 'must be that of the client, which cannot be changed' });
  }
  if (secret !== undefined && validFrom) {
    issues.push({ path: 'clientSecret', message: 'can be changed only at once, without valid_from' });
  }
  if (type === 'confidential' && before.type === 'public' && secret === undefined) {
    issues.push({ path: 'clientSecret', message: 'is required where a public client becomes confidential' });
  }
  if (issues.length > 0) throw invalid('The client is not valid.', issues);
}

/** Completes a draft with what its setup has, and checks what only the setup can tell. */
async function completeFor(
  manager: EntityManager,
  setup: Setup,
  draft: SetupClientDraft,
  before: Client | undefined,
): Promise<Omit<ClientDraft, 'clientId' | 'description' | 'enabled'>> {
  const inheritsGrantTypes = draft.grantTypes === undefined;
  const grantTypes = [...(draft.grantTypes ?? grantTypesFor(draft.type, setup.clientDefaults))];
  const issues = [
    ...consistencyIssues(draft, grantTypes, !inheritsGrantTypes || draft.needsRedirectUri === true),
    ...(await scopeIssues(manager, setup, draft, before)),
  ];
  if (draft.type === 'public' && draft.secret !== undefined) {
    issues.push({ path: 'clientSecret', message: 'must not be given for a public client, which has none' });
  }
  if (issues.length > 0) throw invalid('The client is not valid.', issues);
  const { name, type, authenticationMethods, scopes, redirectUris, authorization, attributes } = draft;
  const { accessTokenTtlSeconds, refreshTokenTtlSeconds } = draft;
  return {
    setupId: setup.id,
    name,
    type,
    grantTypes,
    inheritsGrantTypes,
    authenticationMethods,
    scopes,
    redirectUris,
    accessTokenTtlSeconds,
    refreshTokenTtlSeconds,
    authorization,
    attributes,
  };
}

/** Grant types and response types belong together (RFC 7591 §2.1); who redirects says where to (RFC 6749 §3.1.2.2). */
function consistencyIssues(
  { authorization, redirectUris }: SetupClientDraft,
  grantTypes: readonly string[],
  mustRedirect: boolean,
): Issue[] {
  const issues: Issue[] = [];
  const { responseTypes } = authorization;
  const usesCode = grantTypes.includes('authorization_code');
  if (responseTypes?.includes('code') && !usesCode) {
    issues.push({
      path: 'responseTypes',
      message:
        'must not contain code where grant_types does not contain authorization_code (RFC 7591, section 2.1)',
    });
  }
  if (usesCode && responseTypes && !responseTypes.includes('code')) {
    issues.push({
      path: 'responseTypes',
      message: 'must contain code where grant_types contains authorization_code (RFC 7591, section 2.1)',
    });
  }
  if (usesCode && mustRedirect && redirectUris.length === 0) {
    issues.push({
      path: 'redirectUris',
      message: 'must have an entry where grant_types contains authorization_code',
    });
  }
  return issues;
}

/** The scopes that the setup's resource servers declare; one that the client has already may stay. */
async function scopeIssues(
  manager: EntityManager,
  setup: Setup,
  { scopes }: SetupClientDraft,
  before: Client | undefined,
): Promise<Issue[]> {
  if (scopes.length === 0) return [];
  const declared = await declaredScopes(manager, setup.id);
  return scopes.flatMap((scope, index) =>
    declared.has(scope) || before?.scopes.includes(scope)
      ? []
      : [{ path: `scopes[${index}]`, message: 'must be declared by a resource server of the setup' }],
  );
}
