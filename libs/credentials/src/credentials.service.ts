import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '#libs/access';
import { Client, ClientsService } from '#libs/clients';
import { Clock, conflict, notFound, type Page, type PageRequest } from '#libs/common';
import { fetchPage, type Transaction, Transactions } from '#libs/database';
import type { OrganizationRef } from '#libs/organizations';
import { Credential, isCredentialId, mustExpireLater, statusOf } from './credential.entity.js';
import { type CredentialDraft, CredentialIssuer, type IssuedCredential } from './credential-issuer.js';

/** What a caller may say of the credential that takes the place of another. */
export interface RotationDraft {
  /** That of the old one when it is not given. */
  readonly name?: string | null;
  readonly expiresAt: Date | null;
  /** How long the old secret goes on working. */
  readonly overlapSeconds: number;
}

/** Issues, lists, changes, rotates and revokes the credentials of a client. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly transactions: Transactions,
    private readonly clients: ClientsService,
    private readonly issuer: CredentialIssuer,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives a client one more credential.
   *
   * @throws DomainError `not_found`, `forbidden` when the client may do more than the caller, `conflict` when the
   *   client has as many live credentials as it may, `invalid` for a secret or time that breaks a rule
   */
  async issue(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    draft: CredentialDraft,
  ): Promise<IssuedCredential> {
    mustExpireLater(draft.expiresAt, this.clock.now());
    return this.transactions.run({ organizationId: organization.id }, async (transaction) => {
      const client = await this.lockForSecret(transaction, caller, organization, clientId);
      await this.issuer.mustHaveRoom(transaction.manager, client);
      return this.issuer.issue(transaction, caller, client, draft, null);
    });
  }

  async list(
    _caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    page: PageRequest,
  ): Promise<Page<Credential>> {
    return this.transactions.read({ organizationId: organization.id }, async (manager) => {
      const client = await manager.findOneBy(Client, { organizationId: organization.id, clientId });
      if (!client) throw notFound('client');
      const query = manager.createQueryBuilder(Credential, 'credential');
      return fetchPage(query.where({ clientRowId: client.id }), page);
    });
  }

  /** @throws DomainError `not_found` */
  async get(
    _caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
  ): Promise<Credential> {
    return this.transactions.read({ organizationId: organization.id }, async (manager) => {
      const client = await manager.findOneBy(Client, { organizationId: organization.id, clientId });
      if (!client) throw notFound('client');
      return getCredential(manager, client, credentialId);
    });
  }

  /**
   * Renames a credential or moves its end; what is not given stays.
   *
   * @throws DomainError `not_found`, `conflict` for one that is expired, retired or revoked: it can't be revived
   */
  async update(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    changes: { name?: string | null; expiresAt?: Date | null },
  ): Promise<Credential> {
    mustExpireLater(changes.expiresAt ?? null, this.clock.now());
    return this.change(organization, clientId, credentialId, async (transaction, client, credential) => {
      this.mustBeLive(credential);
      const after = { ...credential, ...changes };
      await transaction.manager.update(
        Credential,
        { id: credential.id },
        { name: after.name, expiresAt: after.expiresAt },
      );
      await this.issuer.record(transaction, caller, client, 'credential.updated', after);
      return after;
    });
  }

  /** Ends a credential and the tokens bought with it, at once; again does nothing. @throws DomainError `not_found` */
  async revoke(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
  ): Promise<Credential> {
    return this.change(organization, clientId, credentialId, async (transaction, client, credential) => {
      if (credential.revokedAt) return credential;
      const revokedAt = this.clock.now();
      await transaction.manager.update(Credential, { id: credential.id }, { revokedAt });
      const after = { ...credential, revokedAt };
      await this.issuer.record(transaction, caller, client, 'credential.revoked', after);
      return after;
    });
  }

  /**
   * Makes a new credential in the place of one, which goes on working for the overlap.
   *
   * @throws DomainError as `issue` does, and `conflict` for one that is not active
   */
  async rotate(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    draft: RotationDraft,
  ): Promise<IssuedCredential> {
    mustExpireLater(draft.expiresAt, this.clock.now());
    return this.transactions.run({ organizationId: organization.id }, async (transaction) => {
      const client = await this.lockForSecret(transaction, caller, organization, clientId);
      const old = await getCredential(transaction.manager, client, credentialId);
      const now = this.clock.now();
      const status = statusOf(old, now);
      if (status !== 'active') {
        throw conflict(
          `The credential is ${status}; only an active one can be rotated.`,
          'credential_not_active',
        );
      }
      const retiresAt = new Date(now.getTime() + draft.overlapSeconds * 1000);
      await transaction.manager.update(Credential, { id: old.id }, { retiresAt });
      if (draft.overlapSeconds > 0) await this.issuer.mustHaveRoom(transaction.manager, client);
      await this.issuer.record(transaction, caller, client, 'credential.retiring', { ...old, retiresAt });
      const { name = old.name, expiresAt } = draft;
      const replacement = { name, expiresAt, ...(old.alg !== null && { alg: old.alg }) };
      return this.issuer.issue(transaction, caller, client, replacement, old.id);
    });
  }

  private async change(
    organization: OrganizationRef,
    clientId: string,
    credentialId: string,
    work: (transaction: Transaction, client: Client, credential: Credential) => Promise<Credential>,
  ): Promise<Credential> {
    return this.transactions.run({ organizationId: organization.id }, async (transaction) => {
      const client = (await this.clients.lockAll(transaction, organization, [clientId])).get(
        clientId,
      ) as Client;
      const credential = await getCredential(transaction.manager, client, credentialId);
      return work(transaction, client, credential);
    });
  }

  private async lockForSecret(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
  ): Promise<Client> {
    const client = (await this.clients.lockAll(transaction, organization, [clientId])).get(
      clientId,
    ) as Client;
    await this.issuer.mustMayHandle(transaction.manager, caller, organization, client);
    return client;
  }

  private mustBeLive(credential: Credential): void {
    const status = statusOf(credential, this.clock.now());
    if (status === 'active' || status === 'retiring') return;
    throw conflict(
      `The credential is ${status} and cannot be revived; issue a new one.`,
      'credential_not_live',
    );
  }
}

async function getCredential(
  manager: EntityManager,
  client: Client,
  credentialId: string,
): Promise<Credential> {
  // Anything else would be an error of the database, and tell from an id that is merely unknown.
  const credential = isCredentialId(credentialId)
    ? await manager.findOneBy(Credential, { id: credentialId, clientRowId: client.id })
    : null;
  if (!credential) throw notFound('credential');
  return credential;
}
