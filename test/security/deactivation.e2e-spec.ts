import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.js';
import type { RequestOptions } from '../support/http-client.js';
import { startServer, type TestServer } from '../support/server.js';
import { type Actor, actorOf, expirySeconds } from './support/deactivation-actor.js';
import { endings, impossible, type Outcome, type Row, rows, things } from './support/deactivation-rows.js';

/*
 * What ends what, and where: every thing, every way in which it can end, on every surface, on the instance that is told
 * and on another one. A cell is a test. Which things cannot end in which way, and why, is the list `impossible` of
 * support/deactivation-rows.ts; where a surface has no way of its own to ask, its tokens are those of the others.
 */

/** The promise: in force on every instance within that time. */
const withinMs = 1_000;

interface Column {
  readonly name: string;
  readonly kind: 'issue' | 'introspect' | 'admin';
  ask(server: TestServer, actor: Actor): Promise<Outcome>;
}

async function statusOf(server: TestServer, method: string, path: string, options: RequestOptions) {
  const { status, text, body } = await server.request(method, path, options);
  assert.ok([200, 400, 401, 403].includes(status), text);
  return { body, outcome: status === 200 ? 'lives' : status === 403 ? 'forbidden' : 'ended' } as const;
}

const issuing = (path: string, request: (actor: Actor) => RequestOptions): Column => ({
  name: `POST ${path}`,
  kind: 'issue',
  ask: async (server, actor) => (await statusOf(server, 'POST', path, request(actor))).outcome,
});
const reading = (path: string): Column => ({
  name: `GET ${path}`,
  kind: 'admin',
  async ask(server, { organization: { customerId }, token }) {
    const at = path.replace('{customerId}', customerId);
    return (await statusOf(server, 'GET', at, { token })).outcome;
  },
});

const columns: readonly Column[] = [
  issuing('/oauth/token', ({ client: { clientId, secret } }) => ({
    basic: [clientId, secret],
    form: { grant_type: 'client_credentials' },
  })),
  issuing('/platform/clientauth/token', ({ client: { clientId, secret } }) => ({
    json: { client_id: clientId, client_secret: secret, subject: 'somebody' },
  })),
  issuing('/api/v0/oauth/token', ({ client: { clientId, secret } }) => ({
    form: { GrantType: 'client_credentials', ClientId: clientId, ClientSecret: secret },
  })),
  {
    name: 'POST /oauth/introspect',
    kind: 'introspect',
    async ask(server, { organization: { admin }, token }) {
      const options = { basic: [admin.clientId, admin.secret] as const, form: { token } };
      const { outcome, body } = await statusOf(server, 'POST', '/oauth/introspect', options);
      // Who asks is out of force together with his organization.
      return outcome === 'lives' && !body.active ? 'ended' : outcome;
    },
  },
  {
    name: 'POST /oauth/checkToken',
    kind: 'introspect',
    async ask(server, { organization: { admin }, token }) {
      const options = { basic: [admin.clientId, admin.secret] as const, form: { token } };
      return (await statusOf(server, 'POST', '/oauth/checkToken', options)).outcome;
    },
  },
  reading('/oauth/customers/{customerId}'),
  reading('/oauth-clients'),
  reading('/v2/modules/oauthv2/setups'),
  reading('/platform/clientauth/credentials'),
  reading('/api/v0/client-credentials'),
];

describe('what ends what', () => {
  let one: TestServer;
  let other: TestServer;
  const actors = new Map<Row, Actor>();
  const delays = new Map<Row, number>();
  before(async () => {
    one = await startServer();
    other = await startServer({ sharing: one });
    for (const row of rows) {
      const actor = await actorOf(one, row);
      actors.set(row, actor);
      await row.arrange?.(one, actor);
      // Both instances have everything in memory.
      await Promise.all(
        [one, other].flatMap((server) => columns.map((column) => mustLive(column, server, actor))),
      );
    }
    for (const row of rows) {
      await row.act?.(one, actors.get(row) as Actor);
      delays.set(row, await delayUntil(row).catch(() => Number.POSITIVE_INFINITY));
    }
    for (const server of [one, other]) server.advanceClock(2 * expirySeconds);
  });
  after(async () => {
    await other.close();
    await one.close();
  });

  async function mustLive(column: Column, server: TestServer, actor: Actor): Promise<void> {
    assert.equal(await column.ask(server, actor), 'lives', column.name);
  }

  /** How long the other instance takes to know; 0 where time alone decides, or nothing changes. @throws after 2 s */
  async function delayUntil(row: Row): Promise<number> {
    if (!row.act) return 0;
    const from = performance.now();
    const changed = columns.filter(({ kind }) => row[kind] !== 'lives');
    await eventually(2 * withinMs, async () => {
      for (const column of changed) {
        assert.equal(await column.ask(other, actors.get(row) as Actor), row[column.kind], column.name);
      }
    });
    return performance.now() - from;
  }

  it('has a row or a reason for every thing and every ending', () => {
    const cells = things.flatMap((thing) => endings.map((ending) => `${thing} ${ending}`));
    const known = new Set(rows.map(({ thing, ending }) => `${thing} ${ending}`));
    assert.deepEqual(
      cells.filter((cell) => known.has(cell) === cell in impossible),
      [],
    );
    assert.deepEqual(
      Object.keys(impossible).filter((cell) => !cells.includes(cell)),
      [],
    );
  });

  for (const row of rows) {
    describe(`${row.thing} ${row.ending} (${row.how})`, () => {
      for (const column of columns) {
        const expected = row[column.kind];
        it(`${column.name}: ${expected}`, async () => {
          assert.equal(await column.ask(one, actors.get(row) as Actor), expected);
        });
        it(`${column.name}: ${expected} on another instance`, async () => {
          assert.equal(await column.ask(other, actors.get(row) as Actor), expected);
        });
      }
      it('is known to the other instance within a second', () => {
        const delay = delays.get(row) as number;
        assert.ok(delay <= withinMs, `${Math.round(delay)} ms`);
      });
    });
  }
});
