import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';

interface Event {
  readonly sequence: string;
  readonly occurredAt: string;
  readonly action: string;
  readonly outcome: string;
  readonly actor: string;
  readonly targetType: string;
  readonly targetId: string;
}

const clockApartSeconds = 300;

describe('the filters of the audit log', () => {
  let server: TestServer;
  /** Its clock is ahead, so that the order of the chain is not that of time. */
  let other: TestServer;
  let organization: TestOrganization;
  let all: Event[];
  before(async () => {
    const settings = { adminRateLimit: { requests: 100_000, seconds: 1 } };
    server = await startServer();
    other = await startServer({ sharing: server });
    other.advanceClock(clockApartSeconds);
    organization = await createOrganization(server, { settings });
    const { customerId, token } = organization;
    for (const one of [server, server, other, server, other, other, server])
      await createClient(one, customerId, token);
    await server.database.query(
      `insert into audit_event (organization_id, sequence, occurred_at, action, actor, target_type, target_id, details, hash)
       select o.id, c.sequence + n, now() + interval '1 hour' + n * interval '1 second',
         (array['request.refused', 'client.authentication_failed', 'role.created'])[1 + n % 3],
         'actor' || n % 2, (array['route', 'client'])[1 + n % 2], 'thing', '{}', '\\x00'
       from organization o join audit_chain c on c.organization_id = o.id, generate_series(1, 12) n where o.customer_id = $1`,
      [customerId],
    );
    all = await pages('', 250);
  });
  after(async () => {
    await other.close();
    await server.close();
  });

  async function pages(query: string, limit: number): Promise<Event[]> {
    const found: Event[] = [];
    for (
      let next: string | undefined =
        `/oauth/customers/${organization.customerId}/audit?limit=${limit}${query}`;
      next;
    ) {
      const { status, text, body, headers } = await server.request('GET', next, {
        token: organization.token,
      });
      assert.equal(status, 200, text);
      found.push(...body);
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    return found;
  }

  it('let through what fits all of them, in the order of the chain, whatever the clocks said', async () => {
    const times = all.map(({ occurredAt }) => occurredAt);
    assert.notDeepEqual(times, times.toSorted(), 'the chain is not in the order of time');
    // Often nothing, so that several filters together still find something.
    const sometimes = (values: readonly string[]) =>
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        { weight: 2, arbitrary: fc.constantFrom(...values) },
      );
    const filters = fc.record({
      action: sometimes(['client.created', 'client.*', 'request.*']),
      actor: sometimes([organization.admin.clientId, 'actor1']),
      targetType: sometimes(['client', 'route']),
      targetId: sometimes(['thing', ...all.map(({ targetId }) => targetId)]),
      outcome: sometimes(['success', 'refused']),
      from: sometimes(times),
      to: sometimes(times),
    });
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 12 }), async (filter, limit) => {
        const given = Object.entries(filter).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        );
        const query = given.map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join('');
        const expected = all.filter((event) => given.every(([name, value]) => fits(event, name, value)));
        assert.deepEqual(await pages(query, limit), expected);
      }),
      { numRuns: 250 },
    );
  });
});

function fits(event: Event, name: string, value: string): boolean {
  if (name === 'from') return event.occurredAt >= value;
  if (name === 'to') return event.occurredAt < value;
  if (value.endsWith('.*')) return event.action.startsWith(value.slice(0, -1));
  return event[name as keyof Event] === value;
}
