import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import type { AuditEntry } from '#libs/audit';
import type { Client, Told } from '#libs/clients';
import { Clock, newRowId } from '#libs/common';
import { insertRows, type Transaction } from '#libs/database';
import type { Happening } from '#libs/webhooks';
import { Credential } from '../credential.entity.js';
import { happeningsOf } from '../credential-happenings.js';
import { blank, entryOf } from '../credential-issuer.js';
import { noticeTooLong } from '../expiry-notices.js';

/** A credential whose secret has been hashed, and whose it is to be. */
export interface HashedCredential
  extends Pick<Credential, 'name' | 'hint' | 'hash' | 'expiresAt'>,
    Required<Pick<Credential, 'lookupHash'>>,
    Partial<Pick<Credential, 'alg' | 'allowedNetworks'>> {
  readonly client: Client;
}

/** Writes many credentials at once, whose secrets were hashed before the transaction. */
@Injectable()
export class HashedCredentials {
  constructor(private readonly clock: Clock) {}

  /**
   * Gives credentials to clients that the same transaction created, and so announced. What there is to tell of it is
   * the caller's to tell.
   *
   * @param more what the audit log is to say of each of them besides
   * @returns them in their order, and what there is to tell
   */
  insertAll(
    transaction: Transaction,
    caller: Principal,
    hashed: readonly HashedCredential[],
    more: object,
  ): Told & { readonly credentials: readonly Credential[] } {
    const by = { createdBy: caller.clientId, createdAt: this.clock.now() };
    const entries: AuditEntry[] = [];
    const happenings: Happening[] = [];
    const credentials = hashed.map(({ client, ...facts }) => {
      const { id: clientRowId, organizationId } = client;
      const of = { id: newRowId(), organizationId, clientRowId, kind: 'client_secret' as const };
      const given = { ...blank, ...of, ...by, alg: null, ...facts, replaces: null };
      const credential: Credential = { ...given, expiryNotedDays: noticeTooLong(given) };
      entries.push(entryOf(client, 'credential.issued', credential, more));
      happenings.push(...happeningsOf(client, 'credential.issued', credential, {}));
      return credential;
    });
    if (credentials.length > 0) transaction.send(insertRows(transaction.manager, Credential, credentials));
    return { credentials, entries, happenings };
  }
}
