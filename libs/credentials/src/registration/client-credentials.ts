import type { EntityManager } from 'typeorm';
import type { Client } from '#libs/clients';
import { notFound } from '#libs/common';
import { Credential, type CredentialKind } from '../credential.entity.js';

/** All credentials of a client, the ended ones too. */
export class ClientCredentials {
  protected readonly byId: Map<string, Credential>;

  constructor(
    readonly client: Client,
    credentials: readonly Credential[],
  ) {
    this.byId = new Map(credentials.map((credential) => [credential.id, credential]));
  }

  static async read(manager: EntityManager, client: Client): Promise<ClientCredentials> {
    return new ClientCredentials(client, await manager.findBy(Credential, { clientRowId: client.id }));
  }

  all(): Credential[] {
    return [...this.byId.values()];
  }

  allOf(kind: CredentialKind): Credential[] {
    return this.all().filter((credential) => credential.kind === kind);
  }

  /** @throws DomainError `not_found` */
  get(credentialId: string): Credential {
    const credential = this.byId.get(credentialId.toLowerCase());
    if (!credential) throw notFound('credential');
    return credential;
  }

  /** The newest of those that took the place of the credential. */
  findReplacement({ id }: Credential): Credential | undefined {
    const replacements = this.all().filter(({ replaces }) => replaces === id);
    return replacements.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
  }
}
