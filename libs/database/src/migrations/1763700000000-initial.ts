import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `
    create table change_record (
      id bigint generated always as identity not null,
      transaction_id bigint not null,
      topic text not null,
      key text not null,
      created_at timestamptz(3) not null default now(),
      constraint change_record_pkey primary key (id)
    )`,
  `create index change_transaction_id on change_record (transaction_id)`,
  `
    create table audit_event (
      organization_id uuid not null,
      sequence bigint not null,
      occurred_at timestamptz(3) not null,
      action text not null,
      actor text not null,
      actor_credential_id uuid,
      address text,
      request_id text,
      target_type text not null,
      target_id text not null,
      details jsonb not null,
      hash bytea not null,
      constraint audit_event_pkey primary key (organization_id, sequence)
    )`,
  `create index audit_event_occurred on audit_event (organization_id, occurred_at)`,
  `
    create table audit_chain (
      organization_id uuid not null,
      sequence bigint not null,
      hash bytea not null,
      constraint audit_chain_pkey primary key (organization_id)
    )`,
  `
    create table organization (
      id uuid not null,
      customer_id text not null,
      name text not null,
      description text,
      enabled boolean not null,
      settings jsonb not null,
      jwt_version text,
      token_reuse text not null,
      max_active_tokens integer,
      token_generation integer not null,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      constraint organization_customer_id_taken unique (customer_id),
      constraint organization_token_reuse_known check (token_reuse = any (array['fresh'::text, 'reuse'::text, 'limited'::text])),
      constraint organization_pkey primary key (id)
    )`,
  `
    create table organization_role (
      id uuid not null,
      organization_id uuid not null,
      name text not null,
      name_key text not null,
      permissions jsonb not null,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      constraint organization_role_name_taken unique (organization_id, name_key),
      constraint organization_role_pkey primary key (id)
    )`,
  `
    create table tenant (
      id uuid not null,
      organization_id uuid not null,
      tenant_id text not null,
      created_at timestamptz(3) not null,
      constraint tenant_id_taken unique (organization_id, tenant_id),
      constraint tenant_pkey primary key (id)
    )`,
  `
    create table client (
      id uuid not null,
      organization_id uuid not null,
      client_id text not null,
      name text,
      description text,
      email text,
      enabled boolean not null,
      grant_types text[] not null,
      authentication_methods text[] not null,
      roles jsonb not null,
      default_roles_assignment boolean not null,
      scopes text[] not null,
      authorities text[] not null,
      audiences text[] not null,
      redirect_uris text[] not null,
      access_token_ttl_seconds integer,
      refresh_token_ttl_seconds integer,
      attributes jsonb not null,
      token_generation integer not null,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      constraint client_client_id_taken unique (client_id),
      constraint client_pkey primary key (id)
    )`,
  `create index client_page on client (organization_id, created_at, id)`,
  `
    create table credential (
      id uuid not null,
      organization_id uuid not null,
      client_row_id uuid not null,
      name text,
      kind text not null,
      hint text not null,
      hash text not null,
      alg text,
      kid text,
      created_by text not null,
      created_at timestamptz(3) not null,
      expires_at timestamptz(3),
      retires_at timestamptz(3),
      last_used_at timestamptz(3),
      revoked_at timestamptz(3),
      replaces uuid,
      constraint credential_pkey primary key (id)
    )`,
  `create index credential_of_client on credential (client_row_id, created_at)`,
  `
    create table idempotency_key (
      caller text not null,
      key text not null,
      fingerprint bytea not null,
      answer json,
      sealed_answer text,
      created_at timestamptz(3) not null,
      constraint idempotency_key_pkey primary key (caller, key)
    )`,
  `create index idempotency_key_created on idempotency_key (created_at)`,
  `
    create table signing_key (
      kid text not null,
      alg text not null,
      state text not null,
      public_jwk jsonb not null,
      sealed_private_key text not null,
      created_at timestamptz(3) not null,
      activatable_at timestamptz(3) not null,
      activated_at timestamptz(3),
      retirable_at timestamptz(3),
      retired_at timestamptz(3),
      constraint signing_key_state_known check (state = any (array['pending'::text, 'active'::text, 'retiring'::text, 'retired'::text])),
      constraint signing_key_pkey primary key (kid)
    )`,
  `
    create table active_token (
      jti text not null,
      organization_id uuid not null,
      client_row_id uuid not null,
      credential_id uuid not null,
      request text not null,
      generation text not null,
      expires_at timestamptz(3) not null,
      sealed_token text,
      constraint active_token_pkey primary key (jti)
    )`,
  `create index active_token_expires on active_token (expires_at)`,
  `create index active_token_of_client on active_token (client_row_id)`,
  `
    create table revoked_token (
      jti text not null,
      organization_id uuid not null,
      expires_at timestamptz(3) not null,
      constraint revoked_token_pkey primary key (jti)
    )`,
  `create index revoked_token_expires on revoked_token (expires_at)`,
  `alter table organization_role add constraint organization_role_organization foreign key (organization_id) references organization(id) on delete cascade`,
  `alter table tenant add constraint tenant_organization foreign key (organization_id) references organization(id) on delete cascade`,
  `alter table client add constraint client_organization foreign key (organization_id) references organization(id) on delete cascade`,
  `alter table credential add constraint credential_client foreign key (client_row_id) references client(id) on delete cascade`,
  `alter table active_token add constraint active_token_client foreign key (client_row_id) references client(id) on delete cascade`,
  `create unique index signing_key_one_active on signing_key (alg) where state = 'active'`,
];

/** Organizations, clients, credentials, keys, what ends tokens early, the audit log and the change feed. */
export class Initial1763700000000 implements MigrationInterface {
  readonly name = 'Initial1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table revoked_token, active_token, signing_key, idempotency_key, credential, client, tenant, organization_role, organization, audit_chain, audit_event, change_record',
    );
  }
}
