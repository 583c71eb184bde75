import { KeyRing } from '#libs/common';

/** How large a database is to be. */
export interface PopulationSize {
  readonly organizations: number;
  readonly clientsPerOrganization: number;
}

/** Runs a statement as a user whom no rule of the application binds. */
type Run = (sql: string) => Promise<unknown>;

/** One of the clients that a population has, by its number from 1. */
export function populatedClient(number: number): { readonly clientId: string; readonly secret: string } {
  return { clientId: `populated-${number}`, secret: `secret-of-populated-${number}` };
}

/**
 * Fills the tables as years of use would: each organization with clients, each client with a credential that works,
 * its history, its audit events and its use. What is deleted after a while is there as well.
 *
 * @param pepper the server's first one: the secrets are those of `populatedClient`
 * @param onStep is told what was filled
 */
export async function populate(
  run: Run,
  size: PopulationSize,
  pepper: Buffer,
  onStep: (table: string) => void = () => {},
): Promise<void> {
  await run('set synchronous_commit = off');
  for (const { table, statement } of [...organizationParts(size), ...clientParts(size, pepper)]) {
    await run(statement);
    onStep(table);
  }
  // VACUUM marks no page as seen by everybody while the commit of its rows is not in the log, and without the mark no index
  // answers alone. From here on whoever commits waits for the log, ANALYZE first.
  await run('set synchronous_commit = on');
  await run('analyze');
  await run('vacuum');
}

interface Part {
  readonly table: string;
  readonly statement: string;
}

const now = `date_trunc('milliseconds', now())`;

function organizationParts({ organizations }: PopulationSize): Part[] {
  const each = `generate_series(1, ${organizations}) n`;
  return [
    part(
      'organization',
      `(id, customer_id, name, enabled, settings, token_reuse, token_generation, created_at, updated_at)
       select ${organizationId('n')}, 'POPULATED_' || n, 'Populated ' || n, true, '{}', 'fresh', 1, ${now}, ${now} from ${each}`,
    ),
    part(
      'tenant',
      `(id, organization_id, tenant_id, created_at)
       select ${idOf('tenant', 'n')}, ${organizationId('n')}, 'tenant1', ${now} from ${each}`,
    ),
    part(
      'organization_role',
      `(id, organization_id, name, name_key, permissions, created_at, updated_at)
       select ${idOf('role', 'n')}, ${organizationId('n')}, 'ROLE_POPULATED', 'role_populated', '[]', ${now}, ${now} from ${each}`,
    ),
    part(
      'setup',
      `(id, organization_id, is_default, name, metadata, client_defaults, resource_server_defaults, created_at, updated_at)
       select ${idOf('setup', 'n')}, ${organizationId('n')}, true, 'Populated', '{}', '{}', '{}', ${now}, ${now} from ${each}`,
    ),
    part(
      'resource_server',
      `(id, organization_id, setup_id, name, metadata, scopes, scope_policies, created_at, updated_at)
       select ${idOf('resource', 'n')}, ${organizationId('n')}, ${idOf('setup', 'n')}, 'Populated', '{}', '[]', '{}', ${now}, ${now}
       from ${each}`,
    ),
    part(
      'snapshot',
      `(id, organization_id, kind, parent_id, parent_created_at, state, valid_from, created_at, applied_at)
       select ${idOf('setup state', 'n')}, ${organizationId('n')}, 'setup', ${idOf('setup', 'n')}, ${now}, jsonb_build_object(
         'name', 'Populated', 'isDefault', true, 'metadata', '{}'::jsonb, 'clientDefaults', '{}'::jsonb,
         'resourceServerDefaults', '{}'::jsonb), ${now}, ${now}, ${now} from ${each}`,
    ),
  ];
}

function clientParts(size: PopulationSize, pepper: Buffer): Part[] {
  return [
    ...identityParts(size, pepper),
    ...historyParts(size),
    ...webhookParts(size),
    ...passingParts(size),
  ];
}

function identityParts(size: PopulationSize, pepper: Buffer): Part[] {
  const { id: pepperId } = new KeyRing([pepper]).current;
  const { each, organization } = eachClient(size);
  return [
    part(
      'client',
      `(id, organization_id, client_id, enabled, grant_types, authentication_methods, roles, default_roles_assignment,
        scopes, authorities, audiences, redirect_uris, attributes, token_generation, created_at, updated_at, type,
        offline_access, scopes_bound_by_owner, "authorization", inherits_grant_types, owner_scopes)
       select ${clientRowId}, ${organization}, 'populated-' || n, true, '{client_credentials}',
         '{client_secret_basic,client_secret_post}', '{}', true, '{}', '{}', '{}', '{}', '{}', 1, ${now}, ${now},
         'confidential', false, false, '{}', false, '{}' from ${each}`,
    ),
    part(
      'credential',
      `(id, organization_id, client_row_id, kind, hint, hash, lookup_hash, created_by, created_at,
         retirement_noted, last_used_at, expires_at)
       select ${credentialId}, ${organization}, ${clientRowId}, 'client_secret', 'secr…' || right(n::text, 4),
         'hmac-sha256$${pepperId}$' || rtrim(translate(encode(${storedDigest(pepper)}, 'base64'), '+/', '-_'), '='),
         decode(md5('lookup ' || n), 'hex'), 'operator', ${now}, false, ${now} - n * interval '1 second', ${now} + interval '200 days' + n * interval '1 minute'
       from ${each}`,
    ),
  ];
}

function historyParts(size: PopulationSize): Part[] {
  const { each, organization } = eachClient(size);
  return [
    part(
      'snapshot',
      `(id, organization_id, kind, parent_id, parent_created_at, client_id, state, valid_from, created_at, applied_at)
       select ${idOf('client state', 'n')}, ${organization}, 'client', ${clientRowId}, ${now}, 'populated-' || n, jsonb_build_object(
         'name', null, 'type', 'confidential', 'grantTypes', '["client_credentials"]'::jsonb, 'inheritsGrantTypes', false,
         'authenticationMethods', '["client_secret_basic"]'::jsonb, 'scopes', '[]'::jsonb, 'redirectUris', '[]'::jsonb,
         'accessTokenTtlSeconds', null, 'refreshTokenTtlSeconds', null, 'authorization', '{}'::jsonb,
         'attributes', '{}'::jsonb), ${now}, ${now}, ${now} from ${each}`,
    ),
    part(
      'audit_event',
      `(organization_id, sequence, occurred_at, action, actor, target_type, target_id, details, hash)
       select ${organization}, ${turnOf(size)}, ${now}, 'client.created', 'operator', 'client', 'populated-' || n,
         '{"name": null}', sha256(n::text::bytea) from ${each}`,
    ),
    part(
      'audit_chain',
      `(organization_id, sequence, hash, sealed_sequence, latest_at, most_late)
       select ${organizationId('n')}, ${size.clientsPerOrganization}, sha256(n::text::bytea), ${size.clientsPerOrganization},
         ${now}, '0'
       from generate_series(1, ${size.organizations}) n`,
    ),
    part(
      'credential_use',
      `(credential_id, organization_id, day, count)
       select ${credentialId}, ${organization}, current_date - n % 80, 7 from ${each}`,
    ),
    part(
      'credential_source',
      `(credential_id, organization_id, address, user_agent, last_used_at, count)
       select ${credentialId}, ${organization}, '192.0.2.1', 'curl', ${now}, 7 from ${each}`,
    ),
  ];
}

/** Endpoints that are switched off, or the populated server would send to them. */
function webhookParts(size: PopulationSize): Part[] {
  const { each, organization, organizationNumber } = eachClient(size);
  return [
    part(
      'webhook_endpoint',
      `(id, organization_id, url, event_types, enabled, sealed_secret, created_at, updated_at)
       select ${idOf('endpoint', 'n')}, ${organizationId('n')}, 'https://hooks.example', '{}', false, '', ${now}, ${now}
       from generate_series(1, ${size.organizations}) n`,
    ),
    part(
      'webhook_event',
      `(id, organization_id, type, data, occurred_at)
       select ${idOf('event', 'n')}, ${organization}, 'credential.created', '{}', ${now} from ${each}`,
    ),
    part(
      'webhook_delivery',
      `(id, organization_id, endpoint_id, event_id, status, attempts, created_at)
       select ${idOf('delivery', 'n')}, ${organization}, ${idOf('endpoint', organizationNumber)}, ${idOf('event', 'n')},
         'delivered', 1, ${now} from ${each}`,
    ),
  ];
}

/** What is deleted when its time has come: as much of it as a large server has at a moment. */
function passingParts(size: PopulationSize): Part[] {
  const { organization } = eachClient(size);
  const clients = size.organizations * size.clientsPerOrganization;
  const each = `generate_series(1, ${Math.min(clients, 100_000)}) n`;
  const later = `${now} + interval '1 hour' + n * interval '1 millisecond'`;
  return [
    part(
      'active_token',
      `(jti, organization_id, client_row_id, credential_id, request, generation, expires_at)
       select 'active-' || n, ${organization}, ${clientRowId}, ${credentialId}, '', '1.1', ${later} from ${each}`,
    ),
    part(
      'revoked_token',
      `(jti, organization_id, expires_at) select 'revoked-' || n, ${organization}, ${later} from ${each}`,
    ),
    part(
      'idempotency_key',
      `(caller, key, fingerprint, created_at)
       select 'populated-' || n, 'key', sha256(n::text::bytea), ${now} - n * interval '1 millisecond' from ${each}`,
    ),
    part(
      'enrolment_code',
      `(id, organization_id, client_row_id, code_hash, hint, created_by, created_at, expires_at)
       select ${idOf('code', 'n')}, ${organization}, ${clientRowId}, sha256(n::text::bytea), 'code', 'operator', ${now}, ${later}
       from ${each}`,
    ),
    part(
      'network_refusal',
      `(credential_id, organization_id, level, mode, address, count, first_seen_at, last_seen_at)
       select ${credentialId}, ${organization}, 'client', 'enforce', '192.0.2.1', 1, ${now}, ${now} from ${each}`,
    ),
    part(
      'leak',
      `(id, organization_id, credential_id, source, url, action, count, created_at, last_reported_at)
       select ${idOf('leak', 'n')}, ${organization}, ${credentialId}, 'report', '', 'notify', 1, ${now}, ${now} from ${each}`,
    ),
    part(
      'token_quota_use',
      `(subject, window_number, count, kept_until) select 'client populated-' || n, 1, 1, ${later} from ${each}`,
    ),
    part(
      'change_record',
      `(transaction_id, topic, key) select pg_current_xact_id()::text::bigint, 'client', 'populated-' || n from ${each}`,
    ),
  ];
}

function part(table: string, columnsAndRows: string): Part {
  return { table, statement: `insert into ${table} ${columnsAndRows}` };
}

function eachClient({ organizations, clientsPerOrganization }: PopulationSize) {
  const organizationNumber = `((n - 1) % ${organizations} + 1)`;
  return {
    each: `generate_series(1, ${organizations * clientsPerOrganization}) n`,
    organization: organizationId(organizationNumber),
    organizationNumber,
  };
}

/** The number of a client within its organization. */
function turnOf({ organizations }: PopulationSize): string {
  return `(n - 1) / ${organizations} + 1`;
}

function organizationId(number: string): string {
  return idOf('organization', number);
}

const clientRowId = idOf('client', 'n');
const credentialId = idOf('credential', 'n');

function idOf(kind: string, number: string): string {
  return `md5('${kind} ' || ${number})::uuid`;
}

const blockBytes = 64;

/**
 * HMAC-SHA-256 under the pepper of what SecretHasher hashes, in SQL (RFC 2104 §2): a million secrets need not pass
 * through this process.
 */
function storedDigest(pepper: Buffer): string {
  const key = Buffer.alloc(blockBytes);
  pepper.copy(key);
  const padded = (byte: number) =>
    `'\\x${Buffer.from(key.map((value) => value ^ byte)).toString('hex')}'::bytea`;
  const text = ["'client secret v1'", `${clientRowId}::text`, "'secret-of-populated-' || n"]
    .map((piece) => `convert_to(${piece}, 'UTF8')`)
    .join(` || '\\x00'::bytea || `);
  return `sha256(${padded(0x5c)} || sha256(${padded(0x36)} || ${text}))`;
}
