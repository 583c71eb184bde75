import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrations, runMigrations } from '#libs/database';
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../support/database.js';
import { isOfLaterRelease } from './support/first-release.js';
import { hindrances, schemaFacts } from './support/schema-facts.js';

const transactionOf = (migration: new () => object) =>
  (new migration() as { transaction?: boolean }).transaction ?? true;

describe('every migration', () => {
  let database: TestDatabase;
  before(async () => {
    database = await emptyDatabase();
  });
  after(() => database.drop());

  it('only expands what the version before works with', async () => {
    const found: string[] = [];
    for (const [index, migration] of migrations.entries()) {
      const facts = await schemaFacts(database);
      await runMigrations(database.url, migrations.slice(0, index + 1));
      const findings = hindrances(facts, await schemaFacts(database), transactionOf(migration));
      found.push(...findings.map((finding) => `${migration.name}: ${finding}`));
    }
    assert.ok(found.includes('OwnersAndTypes1763710000000: client: type demanded'), 'it finds what is there');
    assert.deepEqual(
      found.filter((finding) => isOfLaterRelease(finding.split(': ')[0] ?? '')),
      [],
    );
  });
});

describe('a migration that does more than expand', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase();
  });
  after(() => database.drop());

  const changes: readonly [change: string, finding: string][] = [
    ['drop table enrolment_code', 'enrolment_code: gone'],
    ['alter table tenant rename to space', 'tenant: gone'],
    ['alter table client drop description', 'client: description gone'],
    ['alter table client rename name to label', 'client: name gone'],
    ['alter table client alter token_generation type bigint', 'client: token_generation of another type'],
    ['alter table client alter token_generation type bigint', 'client: rewritten'],
    ['alter table credential alter hash set not null', 'credential: hash demanded'],
    [
      `alter table client add place text not null default ''; alter table client alter place drop default`,
      'client: place demanded',
    ],
    ['alter table client add stamp uuid not null default gen_random_uuid()', 'client: rewritten'],
    [`alter table client add constraint named check (name <> '')`, 'client: constraint named'],
    ['alter table tenant add constraint of_a_kind unique (tenant_id, id)', 'tenant: constraint of_a_kind'],
    ['alter table signing_key enable row level security, force row level security', 'signing_key: isolated'],
    ['create index client_email on client (email)', 'client: index client_email'],
  ];
  for (const [change, finding] of changes) {
    it(`is found: ${change}`, async () => {
      const facts = await schemaFacts(database);
      await database.query('begin');
      await database.query(change);
      const findings = hindrances(facts, await schemaFacts(database), true);
      await database.query('rollback');
      assert.ok(findings.includes(finding), findings.join());
    });
  }

  it('is told from what only expands', async () => {
    const facts = await schemaFacts(database);
    for (const change of [
      'alter table client add colour text',
      `alter table client add state text not null default 'new'`,
      `alter table client add constraint state_known check (state <> 'unknown') not valid`,
      'create table colour (id uuid primary key, organization_id uuid not null)',
      'create index concurrently client_colour on client (colour)',
      'alter table credential alter created_by drop not null',
    ])
      await database.query(change);
    assert.deepEqual(hindrances(facts, await schemaFacts(database), false), []);
  });
});
