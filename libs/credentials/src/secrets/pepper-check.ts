import { Injectable } from '@nestjs/common';
import { PlatformDataSource } from '#libs/database';
import { SecretHasher } from './secret-hasher.js';

/** SECRET_PEPPER does not belong to the database. */
class PepperError extends Error {
  override readonly name = 'PepperError';
}

/** Keeps a server from starting that could authenticate nobody. */
@Injectable()
export class PepperCheck {
  constructor(
    private readonly dataSource: PlatformDataSource,
    private readonly hasher: SecretHasher,
  ) {}

  /** @throws PepperError when there are secrets, and all were hashed under peppers that are not given */
  async mustFitStoredSecrets(): Promise<void> {
    const [found] = await this.dataSource.query<{ any: boolean; known: boolean }[]>(
      `select exists (select from credential where revoked_at is null and kind = 'client_secret') as any,
         exists (select from credential
           where revoked_at is null and split_part(hash, '$', 2) = any($1::text[])) as known`,
      [this.hasher.pepperIds],
    );
    if (!found?.any || found.known) return;
    throw new PepperError(
      'SECRET_PEPPER is not the one under which the stored secrets were hashed: no client could authenticate. Give the old one, behind the new one if it is to be replaced.',
    );
  }
}
