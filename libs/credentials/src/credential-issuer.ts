import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { mustMayGrant, mustMayGrantScopes, type Principal } from '#libs/access';
import { type AuditEntry, AuditLog } from '#libs/audit';
import { type Client, ClientsService } from '#libs/clients';
import { type AllowedNetworks, Clock, conflict, newRowId, Settings } from '#libs/common';
import type { Transaction } from '#libs/database';
import { Organization, type OrganizationRef, RolesService } from '#libs/organizations';
import { WebhookOutbox } from '#libs/webhooks';
import { Credential } from './credential.entity.js';
import { happeningsOf } from './credential-happenings.js';
import { isLive, mustExpireLater } from './credential-lifetime.js';
import { endOfNew } from './credential-policy.js';
import type { MachineKey } from './enrolment/machine-key.js';
import { noticeTooLong } from './expiry-notices.js';
import { lockCredentials } from './registration/locked-client.js';
import type { SecretForm } from './secrets/secret-format.js';
import { SecretMaker } from './secrets/secret-maker.js';

/** What a caller may say of a new credential; without a secret one is generated. */
export interface CredentialDraft {
  readonly name: string | null;
  /** Null: never; left out: as the organization has it. */
  readonly expiresAt?: Date | null;
  readonly secret?: string;
  /** Of a generated secret, where a surface's document prescribes one. */
  readonly form?: SecretForm;
  /** The algorithm of the tokens bought with it; left out: that of the organization. */
  readonly alg?: SigningAlgorithmName;
  /** From where it may be used; left out or null: from everywhere that its client may. */
  readonly allowedNetworks?: AllowedNetworks | null;
}

/** The name of a signature algorithm; which ones there are is the keys library's knowledge. */
type SigningAlgorithmName = string;

/** A credential with its secret: the only time that the secret is seen. */
export interface IssuedCredential {
  readonly credential: Credential;
  readonly secret: string;
}

/** What may be said of a public key that a machine registers. */
export interface KeyDraft {
  /** The client id of who let the machine do so. */
  readonly createdBy: string;
  readonly name: string | null;
  /** Null: as the organization has it. */
  readonly expiresAt: Date | null;
  readonly replaces: string | null;
  /** Those of the one that it replaces; null: everywhere that its client may. */
  readonly allowedNetworks: AllowedNetworks | null;
}

/** By what a credential proves the client. */
type CredentialProof = Pick<Credential, 'kind' | 'hint' | 'alg'> &
  Partial<Pick<Credential, 'hash' | 'lookupHash' | 'kid' | 'thumbprint' | 'publicJwk'>>;

/** What a credential is when nothing has become of it yet. */
export const blank = {
  hash: null,
  publicJwk: null,
  thumbprint: null,
  kid: null,
  allowedNetworks: null,
  quarantine: null,
  retiresAt: null,
  retireAfterQuietSeconds: null,
  retirementNoted: false,
  lastUsedAt: null,
  lastAddress: null,
  lastUserAgent: null,
  revokedAt: null,
};

/** Makes credentials within the transactions of others: the one place where a secret comes to be. */
@Injectable()
export class CredentialIssuer {
  constructor(
    private readonly clients: ClientsService,
    private readonly roles: RolesService,
    private readonly maker: SecretMaker,
    private readonly audit: AuditLog,
    private readonly outbox: WebhookOutbox,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * Adds a credential to a client that the transaction has locked.
   *
   * @param replaces the id of the credential whose place it takes
   * @throws DomainError `invalid` for a secret or an end that breaks a rule
   */
  async issue(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    draft: CredentialDraft,
    replaces: string | null,
  ): Promise<IssuedCredential> {
    const now = this.clock.now();
    mustExpireLater(draft.expiresAt, now);
    const { settings } = await this.organizationOf(transaction.manager, client);
    const expiresAt = endOfNew(draft.expiresAt, settings, now);
    const { secret, hint, ...hashed } = await this.maker.make(draft.secret, client.id, draft.form);
    const proof: CredentialProof = { kind: 'client_secret', hint, ...hashed, alg: draft.alg ?? null };
    const by = { createdBy: caller.clientId, createdAt: now };
    const { name, allowedNetworks = null } = draft;
    const credential = { ...blank, ...proof, ...by, name, allowedNetworks, expiresAt, replaces };
    return { credential: await this.add(transaction, caller, client, credential), secret };
  }

  /**
   * Adds a public key to a client that the transaction has locked.
   *
   * @param createdBy the client id of who let the machine register it
   * @throws DomainError `invalid` for an end that breaks a rule
   */
  async issueKey(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    key: MachineKey,
    { createdBy, name, expiresAt, replaces, allowedNetworks }: KeyDraft,
  ): Promise<Credential> {
    const now = this.clock.now();
    const { settings } = await this.organizationOf(transaction.manager, client);
    const { alg, kid, thumbprint, members: publicJwk } = key;
    const proof: CredentialProof = { kind: 'public_key', hint: key.hint, alg, kid, thumbprint, publicJwk };
    const by = { createdBy, createdAt: now };
    const end = endOfNew(expiresAt ?? undefined, settings, now);
    return this.add(transaction, caller, client, {
      ...blank,
      ...proof,
      ...by,
      name,
      allowedNetworks,
      expiresAt: end,
      replaces,
    });
  }

  private async add(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    fields: Omit<Credential, 'id' | 'organizationId' | 'clientRowId' | 'expiryNotedDays'>,
  ): Promise<Credential> {
    const { organizationId, id: clientRowId } = client;
    const of = { id: newRowId(), organizationId, clientRowId };
    const credential: Credential = { ...of, ...fields, expiryNotedDays: noticeTooLong(fields) };
    await transaction.manager.insert(Credential, credential as object);
    const { kid, thumbprint } = credential;
    await this.record(transaction, caller, client, 'credential.issued', credential, {
      ...(thumbprint !== null && { kid, thumbprint }),
    });
    return credential;
  }

  /**
   * Makes the secret the only one of a locked client: every other credential and all tokens end. Does nothing when
   * it opens one of the live credentials already.
   *
   * @throws DomainError `forbidden` when the client may do more than the caller, `invalid` for a secret that breaks a rule
   */
  async replaceSecret(
    transaction: Transaction,
    caller: Principal,
    organization: OrganizationRef,
    client: Client,
    secret: string,
  ): Promise<void> {
    const { manager } = transaction;
    await this.mustMayHandle(manager, caller, organization, client);
    const secrets = (await this.liveOf(manager, client)).filter(isSecret);
    if (await this.maker.opens(secrets, secret, client.id)) return;
    await this.replaceAll(transaction, caller, client, { name: null, secret });
  }

  /**
   * Puts a new credential in the place of all that a locked client has; the old ones end, with all tokens.
   *
   * @throws DomainError `invalid` for a secret that breaks a rule
   */
  async replaceAll(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    draft: CredentialDraft,
  ): Promise<IssuedCredential> {
    const now = this.clock.now();
    const locked = await lockCredentials(transaction, client);
    for (const old of locked.all().filter((credential) => isLive(credential, now))) {
      const revoked = await locked.change(old, { revokedAt: now });
      await this.record(transaction, caller, client, 'credential.revoked', revoked);
    }
    await this.clients.endTokens(transaction, client);
    return this.issue(transaction, caller, client, draft, null);
  }

  /**
   * Who knows a client's secret can do what the client can: a caller must be able to do as much himself.
   *
   * @throws DomainError `forbidden`
   */
  async mustMayHandle(
    manager: EntityManager,
    caller: Principal,
    organization: OrganizationRef,
    client: Client,
  ): Promise<void> {
    const { scopes, ownerRowId, ownerScopes } = client;
    mustMayGrantScopes(caller, scopes, { customerId: organization.customerId, ownerRowId, ownerScopes });
    mustMayGrant(caller, client.roles, await this.roles.grantContext(manager, organization));
  }

  /** @throws DomainError `conflict` when the client has as many live credentials as it may */
  async mustHaveRoom(manager: EntityManager, client: Client): Promise<void> {
    const { settings } = await this.organizationOf(manager, client);
    const most = settings.maxCredentialsPerClient ?? this.settings.maxCredentialsPerClient;
    const live = await this.liveOf(manager, client);
    if (live.length < most) return;
    throw conflict(
      `The client has ${live.length} live credentials, as many as it may; revoke one first.`,
      'too_many_credentials',
    );
  }

  private async liveOf(manager: EntityManager, client: Client): Promise<Credential[]> {
    const now = this.clock.now();
    const credentials = await manager.findBy(Credential, { clientRowId: client.id });
    return credentials.filter((credential) => isLive(credential, now));
  }

  /** Tells the other instances and the audit log of a credential's change. */
  async record(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    action: string,
    credential: Credential,
    more: object = {},
  ): Promise<void> {
    transaction.announce('client', client.clientId);
    await this.note(transaction, caller, client, action, credential, more);
  }

  /** Tells the audit log of what became of a credential by itself. */
  async note(
    transaction: Transaction,
    caller: Principal,
    client: Client,
    action: string,
    credential: Credential,
    more: object,
  ): Promise<void> {
    await this.audit.record(transaction, caller.actor, entryOf(client, action, credential, more));
    const happenings = happeningsOf(client, action, credential, more);
    await this.outbox.emitAll(transaction, client.organizationId, happenings);
  }

  private organizationOf(manager: EntityManager, { organizationId }: Client): Promise<Organization> {
    return manager.findOneByOrFail(Organization, { id: organizationId });
  }
}

/** What the audit log says of a credential. */
export function entryOf(client: Client, action: string, credential: Credential, more: object): AuditEntry {
  const { name, kind, hint, expiresAt, retiresAt, replaces, allowedNetworks } = credential;
  const facts = { name, kind, hint, expiresAt, retiresAt, replaces, allowedNetworks };
  return {
    organizationId: client.organizationId,
    action,
    targetType: 'credential',
    targetId: credential.id,
    details: { clientId: client.clientId, ...facts, ...more },
  };
}

function isSecret(credential: Credential): credential is Credential & { hash: string } {
  return credential.hash !== null;
}
