import assert from 'node:assert/strict';
import { AuditCheckpoints } from '#libs/audit';
import { ScheduledChanges } from '#libs/clients';
import { CredentialCalendar, CredentialUsage } from '#libs/credentials';
import { Housekeeping } from '#libs/database';
import { type ApiDescription, describeApi, type Operation } from '../../robustness/support/operations.js';
import { askAbout, createMarked, type MarkedOrganization } from '../../security/support/two-organizations.js';
import { populatedClient } from '../../support/population.js';
import type { TestServer } from '../../support/server.js';
import { largeTables, partialIndexes } from './large-database.js';
import { playScenes } from './scenes.js';
import { StatementPlans } from './statement-plans.js';

/** What came of a walk over all routes. */
export interface WalkPlans {
  /** How many statements were explained, each text once. */
  readonly statements: number;
  /** The operations that the examples of the document did not bring to what they are for. */
  readonly refused: readonly string[];
  /** Each statement that scanned a large table, with what sent it first. */
  readonly scans: readonly string[];
}

/**
 * Asks every operation of the OpenAPI document about an organization's own things, deletions last, and does the
 * chores of the background; PostgreSQL explains each statement.
 */
export async function walkRoutes(server: TestServer): Promise<WalkPlans> {
  const api = await describeApi(server);
  const plans = new PlansByCause(
    server,
    await largeTables(server.database),
    await partialIndexes(server.database),
  );
  const inOrder = api.operations.toSorted((a, b) => rank(a) - rank(b));
  const refused: Operation[] = [];
  const first = await plans.of('making an organization', () => createMarked(server, api));
  for (const operation of inOrder)
    if (!(await plans.of(operation.name, () => succeeds(server, operation, first)))) refused.push(operation);
  const stillRefused: string[] = [];
  for (const operation of refused) {
    // What it asks about may have gone with something else.
    const another = await createAnother(server, api, operation);
    if (!(await plans.of(operation.name, () => succeeds(server, operation, another))))
      stillRefused.push(operation.name);
  }
  await plans.of('the scenes', () => playScenes(server));
  for (const [name, chore] of choresOf(server)) await plans.of(name, chore);
  return { statements: plans.statements.size, refused: stillRefused, scans: [...plans.scans.values()] };
}

/** What a server does by itself every second or minute. */
function choresOf({ app }: TestServer): [name: string, chore: () => Promise<unknown>][] {
  return [
    ['the counting of use', () => app.get(CredentialUsage, { strict: false }).flush()],
    ['housekeeping', () => app.get(Housekeeping, { strict: false }).runOnce()],
    ['the calendar of credentials', () => app.get(CredentialCalendar, { strict: false }).runOnce()],
    ['the sealing of the audit log', () => app.get(AuditCheckpoints, { strict: false }).runOnce()],
    ['scheduled changes', () => app.get(ScheduledChanges, { strict: false }).applyDue()],
  ];
}

/** Attributes the plans to what was going on; the background's may come under any name. */
class PlansByCause {
  readonly statements = new Set<string>();
  readonly scans = new Map<string, string>();
  private readonly plans: StatementPlans;

  constructor(
    server: TestServer,
    private readonly large: ReadonlySet<string>,
    /** Indexes that hold a few of the rows, and may be read as a whole. */
    private readonly partial: ReadonlySet<string>,
  ) {
    this.plans = new StatementPlans(server);
  }

  async of<T>(cause: string, work: () => Promise<T>): Promise<T> {
    const result = await work();
    for (const { sql, scanned } of this.plans.all.splice(0)) {
      this.statements.add(sql);
      for (const { table, index } of scanned)
        if (this.large.has(table) && !this.partial.has(index ?? ''))
          this.scans.set(sql, `${cause} scans ${table} ${index ? `by ${index}` : ''}: ${sql}`);
    }
    return result;
  }
}

/** Deletions last, and of these what lies deepest first: it goes with what it lies in. */
function rank({ method, path }: Operation): number {
  return method === 'DELETE' ? 100 - path.split('/').length : 0;
}

function createAnother(
  server: TestServer,
  api: ApiDescription,
  { method }: Operation,
): Promise<MarkedOrganization> | undefined {
  return method === 'DELETE' ? createMarked(server, api) : undefined;
}

/** Whether the organization's administrator or else an operator is answered as he wishes. */
async function succeeds(
  server: TestServer,
  operation: Operation,
  about: MarkedOrganization | undefined,
): Promise<boolean> {
  if (!about) return false;
  if (!('x-required-permission' in operation)) return isAnswered(server, operation, about);
  for (const token of [about.token, await server.operatorToken()]) {
    const { status, text } = await askAbout(server, operation, about, token);
    assert.ok(status < 500, `${operation.name}: ${status} ${text}`);
    if (status < 300) return true;
  }
  return false;
}

/** What takes no token takes a client's secret, or nothing. */
async function isAnswered(
  server: TestServer,
  { method, path }: Operation,
  { knowledge }: MarkedOrganization,
): Promise<boolean> {
  const client = populatedClient(1 + Math.floor(Math.random() * 1_000));
  const form = { grant_type: 'client_credentials', token: await server.token(client) };
  const { status } = await server.request(method, knowledge.fillPath(path), {
    basic: [client.clientId, client.secret],
    ...(method === 'POST' && { form }),
  });
  return status < 300;
}
