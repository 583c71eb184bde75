import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Principal } from '#libs/access';
import { Clock, conflict, DomainError, Sealer, Settings } from '#libs/common';
import { Transactions } from '#libs/database';
import type { Credential } from '../credential.entity.js';
import { CredentialIssuer } from '../credential-issuer.js';
import { ClientLock, type LockedClient } from '../registration/locked-client.js';
import { Rotations } from '../rotation/rotations.js';
import { EnrolmentCode } from './enrolment-code.entity.js';
import { codePurpose, EnrolmentsService } from './enrolments.service.js';
import { MachineKey } from './machine-key.js';

/** Where codes are redeemed, below the issuer; also the audience of the proofs. */
export const enrolmentPath = '/oauth/enrolments';

/** What a machine sends to register its key. */
export interface Redemption {
  readonly code: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  /** See MachineKey.prove. */
  readonly proof: string;
  readonly address: string;
  readonly requestId: string;
}

/** A registered key, and of which client it is. */
export interface EnrolledKey {
  readonly clientId: string;
  readonly credential: Credential;
}

/** An open code with its client. */
interface OpenCode {
  readonly id: string;
  readonly organizationId: string;
  readonly customerId: string;
  readonly clientId: string;
}

/** Registers the public keys of machines that come with a code, each code once. */
@Injectable()
export class KeyEnrolment {
  private readonly audience: string;

  constructor(
    private readonly transactions: Transactions,
    private readonly lock: ClientLock,
    private readonly issuer: CredentialIssuer,
    private readonly rotations: Rotations,
    private readonly enrolments: EnrolmentsService,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    @Inject(Settings) settings: Settings,
  ) {
    this.audience = settings.issuer + enrolmentPath;
  }

  /**
   * @throws DomainError `invalid` for a key or proof that is wrong; `invalid_grant`, the same for every code that is
   *   unknown, redeemed, revoked or expired; `conflict` for a key that the client has or had, when the client has as
   *   many credentials as it may, and when the key to replace is not active any more
   */
  async redeem(redemption: Redemption): Promise<EnrolledKey> {
    const { code, jwk, proof, address, requestId } = redemption;
    const claims = { code_sha256: createHash('sha256').update(code).digest('base64url') };
    const key = await MachineKey.prove(jwk, proof, {
      audience: this.audience,
      claims,
      now: this.clock.now(),
    });
    const open = await this.transactions.read('platform', (manager) => this.findOpen(manager, code));
    if (!open) throw invalidCode();
    const { organizationId, customerId, clientId } = open;
    return this.transactions.run({ organizationId }, async (transaction) => {
      const locked = await this.lock
        .lock(transaction, { id: organizationId, customerId }, clientId)
        .catch(asInvalidCode);
      const enrolment = await this.consume(transaction.manager, open.id);
      const caller = machineAt(address, requestId);
      const credential = await this.register(caller, locked, enrolment, key);
      enrolment.credentialId = credential.id;
      await transaction.manager.update(EnrolmentCode, { id: enrolment.id }, { credentialId: credential.id });
      await this.enrolments.record(transaction, caller, locked.client, 'enrolment.redeemed', enrolment);
      return { clientId, credential };
    });
  }

  private async findOpen(manager: EntityManager, code: string): Promise<OpenCode | undefined> {
    const [found] = await manager.query<OpenCode[]>(
      `select e.id, o.id as "organizationId", o.customer_id as "customerId", c.client_id as "clientId"
       from enrolment_code e join client c on c.id = e.client_row_id join organization o on o.id = c.organization_id
       where e.code_hash = any($1) and e.redeemed_at is null and e.revoked_at is null and e.expires_at > $2
         and c.enabled and o.enabled`,
      [this.sealer.digests(codePurpose, code), this.clock.now()],
    );
    return found;
  }

  /** Only one of those who come at once finds it open. @throws DomainError `invalid_grant` for the others */
  private async consume(manager: EntityManager, id: string): Promise<EnrolmentCode> {
    const now = this.clock.now();
    const { affected } = await manager
      .createQueryBuilder()
      .update(EnrolmentCode)
      .set({ redeemedAt: now })
      .where('id = :id and redeemed_at is null and revoked_at is null and expires_at > :now', { id, now })
      .execute();
    if (affected !== 1) throw invalidCode();
    return manager.findOneByOrFail(EnrolmentCode, { id });
  }

  private async register(
    caller: Principal,
    locked: LockedClient,
    enrolment: EnrolmentCode,
    key: MachineKey,
  ): Promise<Credential> {
    const { transaction, client } = locked;
    if (locked.all().some(({ thumbprint }) => thumbprint === key.thumbprint)) {
      throw conflict('The key was registered with this client before; make a new one.', 'key_known');
    }
    const { createdBy, name, credentialExpiresAt: expiresAt, replaces } = enrolment;
    const old = replaces === null ? undefined : locked.get(replaces);
    const allowedNetworks = old?.allowedNetworks ?? null;
    const draft = { createdBy, name: name ?? old?.name ?? null, allowedNetworks, expiresAt, replaces };
    if (!old) {
      await this.issuer.mustHaveRoom(transaction.manager, client);
      return this.issuer.issueKey(transaction, caller, client, key, draft);
    }
    const { overlapSeconds, retireAfterQuietSeconds } = enrolment;
    const overlap = {
      ...(overlapSeconds !== null && { overlapSeconds }),
      ...(retireAfterQuietSeconds !== null && { retireAfterQuietSeconds }),
    };
    const issue = async () => ({
      credential: await this.issuer.issueKey(transaction, caller, client, key, draft),
    });
    return (await this.rotations.replace(caller, locked, old, overlap, issue)).credential;
  }
}

/** Nobody has proved to be anything but somebody with a code. */
function machineAt(address: string, requestId: string): Principal {
  const nobody = { clientRowId: null, organizationId: '', customerId: '', credentialId: null, roles: [] };
  return new Principal({ clientId: 'enrolment', ...nobody, address, requestId });
}

/** The one answer for every code that is no good: it says nothing of why (as RFC 6749 §5.2 has it of other grants). */
function invalidCode(): DomainError {
  return new DomainError('invalid', 'The enrolment code is not valid.', { code: 'invalid_grant' });
}

/** A client that was deleted meanwhile. */
function asInvalidCode(error: unknown): never {
  throw error instanceof DomainError && error.kind === 'not_found' ? invalidCode() : error;
}
