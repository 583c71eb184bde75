import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ChainVerifier } from '#libs/audit';
import type { TestServer } from '../../support/server.js';
import { rehash } from './rehash.js';

/** What somebody with the whole database does to a chain; places are chosen by numbers from 0 to 1. */
interface Damage {
  readonly kind: keyof typeof kinds;
  readonly at: number;
  readonly other: number;
}

interface Chain {
  readonly server: TestServer;
  readonly id: string;
  readonly head: number;
  /** The ends of the sealed segments, in order; at least three, and some entries behind the last. */
  readonly sealed: readonly number[];
  /** Runs a statement; `$1` is the organization. */
  readonly run: (sql: string, ...parameters: unknown[]) => Promise<unknown>;
}

type Deed = (chain: Chain, at: number, other: number) => Promise<number>;

const edits = [
  `actor = actor || 'x'`,
  `action = 'client.read'`,
  `target_id = 'other'`,
  `details = details || '{"a": 1}'`,
  `occurred_at = occurred_at + interval '1 millisecond'`,
  `address = '192.0.2.9'`,
  `request_id = 'forged'`,
  `actor_credential_id = gen_random_uuid()`,
  `hash = decode('00', 'hex')`,
];
/** A number from 0 to 1 as one of the whole numbers in between, both included. */
const between = (from: number, to: number, at: number) => from + Math.floor(at * (to - from + 1));
const copyOf = (sequence: string) =>
  `insert into audit_event select organization_id, ${sequence}, occurred_at, action, 'intruder', actor_credential_id,
     address, request_id, target_type, target_id, details, hash from audit_event where organization_id = $1 and sequence = $2`;

/** Each does its damage and tells the first bad entry. */
const kinds = {
  async edit({ run, head }, at, other) {
    const sequence = between(1, head, at);
    const edit = edits[between(0, edits.length - 1, other)];
    await run(`update audit_event set ${edit} where organization_id = $1 and sequence = $2`, sequence);
    return sequence;
  },
  async delete({ run, head }, at) {
    const sequence = between(1, head, at);
    await run('delete from audit_event where organization_id = $1 and sequence = $2', sequence);
    return sequence;
  },
  async reorder({ run, head }, at, other) {
    const first = between(1, head - 1, at);
    const second = between(first + 1, head, other);
    const move = 'update audit_event set sequence = $3 where organization_id = $1 and sequence = $2';
    await run(move, first, -1);
    await run(move, second, first);
    await run(move, -1, second);
    return first;
  },
  async insert({ run, head }, at) {
    const sequence = between(1, head - 1, at);
    await run(
      'update audit_event set sequence = sequence + 100000 where organization_id = $1 and sequence > $2',
      sequence,
    );
    await run(
      'update audit_event set sequence = sequence - 99999 where organization_id = $1 and sequence > 100000',
    );
    await run(copyOf('sequence + 1'), sequence);
    return sequence + 1;
  },
  async append({ run, head }) {
    await run(copyOf('sequence + 1'), head);
    return head + 1;
  },
  async cutTail({ run, head }, at) {
    const last = between(0, head - 1, at);
    await run('delete from audit_event where organization_id = $1 and sequence > $2', last);
    return last + 1;
  },
  async cutTailAndHead({ run, sealed }, at) {
    const last = between(1, (sealed.at(-1) as number) - 1, at);
    await run('delete from audit_event where organization_id = $1 and sequence > $2', last);
    await run(
      `update audit_chain c set sequence = e.sequence, hash = e.hash from audit_event e
       where c.organization_id = $1 and e.organization_id = $1 and e.sequence = $2`,
      last,
    );
    return last + 1;
  },
  async editAndHashAnew({ server, id, run, sealed }, at) {
    const sequence = between(1, sealed.at(-1) as number, at);
    await run(
      `update audit_event set actor = actor || 'x' where organization_id = $1 and sequence = $2`,
      sequence,
    );
    await rehash(server, id);
    return (sealed.findLast((end) => end < sequence) ?? 0) + 1;
  },
  async forgeCheckpoint({ run, sealed }, at, other) {
    const sequence = sealed[between(0, sealed.length - 1, at)] as number;
    const edit = [
      `created_at = created_at + interval '1 day'`,
      `hash = decode('00', 'hex')`,
      `kid = 'other'`,
    ];
    await run(
      `update audit_checkpoint set ${edit[between(0, 2, other)]} where organization_id = $1 and sequence = $2`,
      sequence,
    );
    return sequence;
  },
  async removeCheckpoint({ run, sealed }, at) {
    const sequence = sealed[between(0, sealed.length - 2, at)] as number;
    await run('delete from audit_checkpoint where organization_id = $1 and sequence = $2', sequence);
    return sequence;
  },
} satisfies Record<string, Deed>;

const tables = ['audit_event', 'audit_chain', 'audit_checkpoint'];
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom(...(Object.keys(kinds) as Damage['kind'][])),
  at: fraction,
  other: fraction,
});

/** Does so many damages to a chain, each by itself, and asserts that its first bad entry is named each time. */
export async function damageAtRandom(
  server: TestServer,
  id: string,
  times: number,
  seed: number,
): Promise<void> {
  const { database } = server;
  const run: Chain['run'] = (sql, ...parameters) =>
    database.query(sql, sql.includes('$1') ? [id, ...parameters] : parameters);
  const verifier = server.app.get(ChainVerifier, { strict: false });
  const found = async () => (await verifier.verify({ organizationId: id })).damage?.sequence;
  const facts = await database.query<{ sequence: string }>(
    'select sequence from audit_checkpoint where organization_id = $1 order by sequence',
    [id],
  );
  const [{ sequence: head } = { sequence: '0' }] = await database.query<{ sequence: string }>(
    'select sequence from audit_chain where organization_id = $1',
    [id],
  );
  const sealed = facts.map(({ sequence }) => Number(sequence));
  assert.ok(sealed.length >= 3 && (sealed.at(-1) as number) < Number(head), `${sealed} of ${head}`);
  for (const table of tables)
    await run(`create table kept_${table} as select * from ${table} where organization_id = $1`);
  assert.equal(await found(), undefined);
  for (const one of fc.sample(damage, { seed, numRuns: times })) {
    const deed: Deed = kinds[one.kind];
    const expected = await deed({ server, id, head: Number(head), sealed, run }, one.at, one.other);
    assert.equal(await found(), BigInt(expected), JSON.stringify(one));
    for (const table of tables) {
      await run(`delete from ${table} where organization_id = $1`);
      await run(`insert into ${table} select * from kept_${table}`);
    }
  }
  assert.equal(await found(), undefined);
  for (const table of tables) await run(`drop table kept_${table}`);
}
