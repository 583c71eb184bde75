import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AuditCheckpoints } from '#libs/audit';
import { environmentOf, runCommandLine } from '../cli/support/command-line.js';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { rehash } from './support/rehash.js';

/** What was done to the log directly in the database, and what is then said of it. */
const damages: readonly {
  readonly what: string;
  readonly sql: readonly string[];
  readonly found: { readonly sequence: string; readonly kind: string };
}[] = [
  {
    what: 'an entry that was edited (S-45)',
    sql: [`update audit_event set actor = 'somebody else' where organization_id = $1 and sequence = 4`],
    found: { sequence: '4', kind: 'altered' },
  },
  {
    what: 'an entry that was deleted (S-45)',
    sql: ['delete from audit_event where organization_id = $1 and sequence = 4'],
    found: { sequence: '4', kind: 'missing' },
  },
  {
    what: 'two entries in another order (S-45)',
    sql: [
      'update audit_event set sequence = -1 where organization_id = $1 and sequence = 2',
      'update audit_event set sequence = 2 where organization_id = $1 and sequence = 3',
      'update audit_event set sequence = 3 where organization_id = $1 and sequence = -1',
    ],
    found: { sequence: '2', kind: 'altered' },
  },
  {
    what: 'an entry that was put between (S-45)',
    sql: [
      'update audit_event set sequence = sequence + 1000 where organization_id = $1 and sequence > 2',
      'update audit_event set sequence = sequence - 999 where organization_id = $1 and sequence > 1000',
      `insert into audit_event select organization_id, 3, occurred_at, action, 'intruder', actor_credential_id, address,
         request_id, target_type, target_id, details, hash from audit_event where organization_id = $1 and sequence = 2`,
    ],
    found: { sequence: '3', kind: 'altered' },
  },
  {
    what: 'an entry that was put behind the end (S-45)',
    sql: [
      `insert into audit_event select organization_id, sequence + 1, occurred_at, action, actor, actor_credential_id,
         address, request_id, target_type, target_id, details, hash from audit_event
       where organization_id = $1 and sequence = 6`,
    ],
    found: { sequence: '7', kind: 'added' },
  },
  {
    what: 'a tail that was cut off (S-45)',
    sql: ['delete from audit_event where organization_id = $1 and sequence > 3'],
    found: { sequence: '4', kind: 'missing' },
  },
  {
    what: 'a tail that was cut off together with the head of the chain, by the checkpoint (S-45)',
    sql: [
      'delete from audit_event where organization_id = $1 and sequence > 3',
      `update audit_chain c set sequence = 3, hash = e.hash from audit_event e
       where c.organization_id = $1 and e.organization_id = $1 and e.sequence = 3`,
    ],
    found: { sequence: '4', kind: 'missing' },
  },
  {
    what: 'a log that was removed with its head',
    sql: [
      'delete from audit_event where organization_id = $1',
      'delete from audit_chain where organization_id = $1',
    ],
    found: { sequence: '1', kind: 'missing' },
  },
  {
    what: 'a head that does not fit',
    sql: [`update audit_chain set hash = '\\x00' where organization_id = $1`],
    found: { sequence: '6', kind: 'head' },
  },
  {
    what: 'a checkpoint that was damaged',
    sql: [`update audit_checkpoint set hash = '\\x00' where organization_id = $1 and sequence = 5`],
    found: { sequence: '5', kind: 'checkpoint' },
  },
  {
    what: 'a checkpoint in the middle that was removed',
    sql: ['delete from audit_checkpoint where organization_id = $1 and sequence = 3'],
    found: { sequence: '3', kind: 'checkpoint' },
  },
];

describe('GET /oauth/customers/{customerId}/audit/proof', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let id: string;
  let directory: string;
  const damaged = new Map<string, { sequence: string; kind: string }>();
  before(async () => {
    server = await startServer();
    directory = mkdtempSync(join(tmpdir(), 'clientele-audit-'));
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await server.close();
  });

  /** Six entries: sealed up to the third, up to the fifth, and one that is not sealed yet. */
  beforeEach(async () => {
    organization = await createOrganization(server);
    const { customerId } = organization;
    [{ id }] = (await server.database.query('select id from organization where customer_id = $1', [
      customerId,
    ])) as [{ id: string }];
    await seal();
    for (const tenant of ['a', 'b']) await createTenant(tenant);
    await seal();
    await createTenant('c');
  });

  const createTenant = async (tenantId: string) => {
    const { customerId, token } = organization;
    const path = `/oauth/customers/${customerId}/tenants`;
    assert.equal((await server.request('POST', path, { token, json: { tenantId } })).status, 201);
  };
  const seal = () => server.app.get(AuditCheckpoints, { strict: false }).sealAll();
  const proof = async () => {
    const path = `/oauth/customers/${organization.customerId}/audit/proof`;
    const { status, body } = await server.request('GET', path, { token: organization.token });
    assert.equal(status, 200);
    return body;
  };
  const verify = (...args: string[]) =>
    runCommandLine(['audit', 'verify', ...args], { env: environmentOf(server.database.url) });

  it('answers the head, the checkpoints with their key, and that everything fits', async () => {
    const { head, checkpoints, keys, verification, dropped } = await proof();
    assert.equal(head.sequence, '6');
    assert.deepEqual(
      checkpoints.map((one: { firstSequence: string; sequence: string }) => [
        one.firstSequence,
        one.sequence,
      ]),
      [
        ['1', '3'],
        ['4', '5'],
      ],
    );
    assert.equal(keys.length, 1);
    assert.equal(checkpoints[0].kid, keys[0].kid);
    assert.equal(dropped, null);
    assert.deepEqual(verification, {
      intact: true,
      first: '1',
      last: '6',
      sealedThrough: '5',
      next: null,
      damage: null,
    });
  });

  for (const { what, sql, found } of damages) {
    it(`names the first bad entry for ${what}`, async () => {
      for (const statement of sql) await server.database.query(statement, [id]);
      const { verification } = await proof();
      assert.equal(verification.intact, false);
      const { sequence, kind } = verification.damage;
      assert.deepEqual({ sequence, kind }, found);
      damaged.set(id, found);
    });
  }

  it('names the same entries on the command line, for all chains, and exits with 3', async () => {
    const { exitCode, stdout, stderr } = await verify('--json');
    assert.equal(exitCode, 3, stderr);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(results.length > damaged.size);
    for (const { organizationId, damage } of results) {
      const found = damage && { sequence: damage.sequence, kind: damage.kind };
      assert.deepEqual(found, damaged.get(organizationId) ?? null);
    }
    assert.equal(results.filter(({ damage }) => damage).length, damages.length);
  });

  it('finds a chain that was hashed anew from an edited entry on, by the checkpoint behind it (S-47)', async () => {
    await server.database.query(
      `update audit_event set actor = 'somebody else' where organization_id = $1 and sequence = 4`,
      [id],
    );
    await rehash(server, id);
    const { damage } = (await proof()).verification;
    assert.deepEqual([damage.sequence, damage.kind], ['4', 'altered']);
  });

  it('seals nothing that does not follow', async () => {
    await server.database.query(
      `update audit_event set actor = 'x' where organization_id = $1 and sequence = 6`,
      [id],
    );
    await seal();
    assert.equal((await proof()).checkpoints.length, 2);
  });

  it('is told by checkpoints kept elsewhere of a cut that took the ones in the database along', async () => {
    const env = environmentOf(server.database.url);
    const file = join(directory, 'checkpoints.jsonl');
    const printed = await runCommandLine(['audit', 'checkpoints'], { env });
    writeFileSync(file, printed.stdout);
    const args = ['--organization', organization.customerId, '--checkpoints', file];
    const whole = await verify(...args);
    assert.equal(whole.exitCode, 0, whole.stderr);
    for (const statement of [
      'delete from audit_event where organization_id = $1 and sequence > 3',
      'delete from audit_checkpoint where organization_id = $1 and sequence > 3',
      `update audit_chain c set sequence = 3, hash = e.hash from audit_event e
       where c.organization_id = $1 and e.organization_id = $1 and e.sequence = 3`,
    ])
      await server.database.query(statement, [id]);
    assert.equal((await verify('--organization', organization.customerId)).exitCode, 0);
    const cut = await verify(...args);
    assert.deepEqual([cut.exitCode, /damaged at entry 4\./.test(cut.stdout)], [3, true], cut.stdout);
  });
});
