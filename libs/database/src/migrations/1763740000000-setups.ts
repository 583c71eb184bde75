import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `
    create table setup (
      id uuid not null,
      organization_id uuid not null,
      is_default boolean not null,
      name text not null,
      owner text,
      comment text,
      metadata jsonb not null,
      client_defaults jsonb not null,
      resource_server_defaults jsonb not null,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      constraint setup_pkey primary key (id),
      constraint setup_organization foreign key (organization_id) references organization(id) on delete cascade
    )`,
  'create index setup_of_organization on setup (organization_id, created_at, id)',
  'create unique index setup_one_default on setup (organization_id) where is_default',
  `
    create table resource_server (
      id uuid not null,
      organization_id uuid not null,
      setup_id uuid not null,
      name text not null,
      owner text,
      comment text,
      metadata jsonb not null,
      scopes jsonb not null,
      scope_policies jsonb not null,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      constraint resource_server_pkey primary key (id),
      constraint resource_server_setup foreign key (setup_id) references setup(id) on delete cascade
    )`,
  'create index resource_server_of_setup on resource_server (setup_id, created_at, id)',
  `
    create table snapshot (
      id uuid not null,
      organization_id uuid not null,
      kind text not null,
      parent_id uuid not null,
      parent_created_at timestamptz(3) not null,
      setup_id uuid,
      client_id text,
      state jsonb not null,
      valid_from timestamptz(3) not null,
      created_at timestamptz(3) not null,
      applied_at timestamptz(3),
      deleted_at timestamptz(3),
      failure text,
      constraint snapshot_pkey primary key (id),
      constraint snapshot_kind_known check (kind = any (array['setup'::text, 'client'::text])),
      constraint snapshot_organization foreign key (organization_id) references organization(id) on delete cascade
    )`,
  'create index snapshot_of_parent on snapshot (parent_id, valid_from, created_at)',
  'create index snapshot_of_organization on snapshot (organization_id, kind, parent_created_at, parent_id)',
  'create index snapshot_pending on snapshot (valid_from) where applied_at is null and deleted_at is null',
  `alter table client
     add setup_id uuid,
     add inherits_grant_types boolean not null default false,
     add constraint client_setup foreign key (setup_id) references setup(id) on delete cascade`,
  'alter table client alter inherits_grant_types drop default',
  'create index client_of_setup on client (setup_id)',
  `
    insert into snapshot (id, organization_id, kind, parent_id, parent_created_at, client_id, state, valid_from, created_at,
      applied_at)
    select gen_random_uuid(), organization_id, 'client', id, created_at, client_id, jsonb_build_object(
        'name', name, 'type', type, 'grantTypes', to_jsonb(grant_types), 'inheritsGrantTypes', inherits_grant_types,
        'authenticationMethods', to_jsonb(authentication_methods), 'scopes', to_jsonb(scopes),
        'redirectUris', to_jsonb(redirect_uris), 'accessTokenTtlSeconds', access_token_ttl_seconds,
        'refreshTokenTtlSeconds', refresh_token_ttl_seconds, 'authorization', "authorization",
        'attributes', attributes),
      updated_at, updated_at, updated_at
    from client`,
];

/** Setups with their resource servers, and the history of setups and clients. */
export class Setups1763740000000 implements MigrationInterface {
  readonly name = 'Setups1763740000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table client drop setup_id, drop inherits_grant_types');
    await runner.query('drop table snapshot, resource_server, setup');
  }
}
