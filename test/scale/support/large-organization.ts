import type { TestDatabase } from '../../support/database.js';

/** How many rows of each kind the organization gets. */
export const rowsOfEach = 3_000;

/** SQL for the id of a copy; `n` counts them from 1. */
const idOf = (kind: string) => `md5('large ${kind} ' || n)::uuid`;
const later = `now() + n * interval '1 millisecond'`;

interface Copies {
  readonly table: string;
  /** Which row is copied. */
  readonly of: string;
  /** What each copy has of its own: SQL by column. */
  readonly own: Readonly<Record<string, string>>;
}

const organization = `(select id from organization where customer_id = 'POPULATED_1')`;
const client = `(select id from client where client_id = 'populated-1')`;
const setup = `(select id from setup where is_default and organization_id = ${organization})`;
const first = `organization_id = ${organization}`;
const page = { id: idOf('copy'), created_at: later };

const copies: readonly Copies[] = [
  { table: 'tenant', of: first, own: { ...page, tenant_id: `'copy-' || n` } },
  {
    table: 'organization_role',
    of: first,
    own: { ...page, name: `'ROLE_COPY_' || n`, name_key: `'role_copy_' || n` },
  },
  { table: 'setup', of: first, own: { ...page, is_default: 'false', name: `'copy ' || n` } },
  { table: 'resource_server', of: first, own: page },
  { table: 'client', of: `id = ${client}`, own: { ...page, client_id: `'copy-' || n` } },
  {
    table: 'credential',
    of: `client_row_id = ${client}`,
    own: { ...page, client_row_id: idOf('copy'), lookup_hash: 'null' },
  },
  // Of one client: most were rotated away, and a few expire soon.
  {
    table: 'credential',
    of: `client_row_id = ${client}`,
    own: {
      ...page,
      id: idOf('old'),
      revoked_at: `case when n % 100 > 0 then now() end`,
      lookup_hash: 'null',
    },
  },
  {
    table: 'enrolment_code',
    of: `client_row_id = ${client}`,
    own: { ...page, code_hash: `'\\x' || encode(sha256(('copy ' || n)::bytea), 'hex')` },
  },
  { table: 'leak', of: first, own: { ...page, url: `'https://example.com/' || n` } },
  { table: 'network_refusal', of: first, own: { credential_id: idOf('old'), last_seen_at: later } },
  { table: 'webhook_endpoint', of: first, own: page },
  { table: 'webhook_event', of: first, own: { id: idOf('copy') } },
  {
    table: 'webhook_delivery',
    of: first,
    own: {
      ...page,
      event_id: idOf('copy'),
      status: `case when n % 100 = 0 then 'failed' else 'delivered' end`,
    },
  },
  // The states of other clients and setups, and those that one of each had before.
  ...[client, setup].flatMap((parent, index): Copies[] => [
    {
      table: 'snapshot',
      of: `parent_id = ${parent}`,
      own: { ...page, id: idOf(`state ${index}`), parent_id: idOf('copy'), parent_created_at: later },
    },
    {
      table: 'snapshot',
      of: `parent_id = ${parent}`,
      own: { ...page, id: idOf(`old state ${index}`) },
    },
  ]),
];

/** As years of use leave them: many by few, few by many, and rare ones. */
const events = `
  insert into audit_event (organization_id, sequence, occurred_at, action, actor, target_type, target_id, details, hash)
  select ${organization}, 100 + n, now() - (20000 - n) * interval '30 minutes',
    case when n % 2000 = 0 then 'role.created' when n % 40 = 0 then 'request.refused'
      else (array['client.created', 'client.replaced', 'credential.issued', 'credential.rotated'])[1 + n % 4] end,
    case when n % 3000 = 0 then 'seldom' else 'admin-' || n % 5 end,
    case when n % 2000 = 0 then 'role' when n % 40 = 0 then 'route' when n % 4 < 2 then 'client' else 'credential' end,
    'thing-' || n % 7, '{}', '\\x00' from generate_series(1, 20000) n`;

/** Makes POPULATED_1 of a population an organization that has very much of everything that is listed. */
export async function enlargeFirst(database: TestDatabase): Promise<void> {
  await database.query('set session_replication_role = replica');
  for (const { table, of, own } of copies) {
    const changes = Object.entries(own).map(([column, value]) => `'${column}', ${value}`);
    await database.query(
      `insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${changes.join(', ')}))).*
       from (select * from ${table} where ${of} order by 1 limit 1) t, generate_series(1, ${rowsOfEach}) n`,
    );
  }
  await database.query(events);
  await database.query('set session_replication_role = origin');
  await database.query('vacuum analyze');
}
