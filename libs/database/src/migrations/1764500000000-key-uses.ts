import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `
    create table master_key (
      id text not null,
      first_used_at timestamptz(3) not null,
      constraint master_key_pkey primary key (id)
    )`,
  `
    create table key_use (
      kind text not null,
      key_id text not null,
      count integer not null,
      counted_at timestamptz(3) not null,
      constraint key_use_pkey primary key (kind, key_id)
    )`,
];

/** By what names the master keys are known and how many values hang on which key, of the whole server. */
export class KeyUses1764500000000 implements MigrationInterface {
  readonly name = 'KeyUses1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table key_use, master_key');
  }
}
