import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long tokens of a signing key may live, however short the lives are by the time that it is followed by another. */
export class LongestTokensOfKeys1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table signing_key add longest_token_ttl_seconds integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table signing_key drop longest_token_ttl_seconds');
  }
}
