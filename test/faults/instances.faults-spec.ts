import assert from 'node:assert/strict';
import { loadavg } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type DatabaseProxy, proxyDatabaseOf } from '../support/database-proxy.js';
import { eventually } from '../support/eventually.js';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';

const rounds = Number(process.env['INSTANCE_ROUNDS'] ?? 200);
/** The promise while the database can be reached. */
const withinMs = 1_000;
const graceSeconds = 5;
/** For how long B is asked whether it still accepts the token. */
const outageBoundMs = (graceSeconds + 3) * 1_000;
const holes = 5;
const pauseMs = 30_000;

describe('two server processes on one database', () => {
  let owner: TestServer;
  let proxy: DatabaseProxy;
  let a: ServerProcess;
  /** It reaches the database by way of the proxy. */
  let b: ServerProcess;
  let organization: TestOrganization;
  before(async () => {
    owner = await startServer();
    proxy = await proxyDatabaseOf(owner);
    const env = { DB_OUTAGE_GRACE_SECONDS: String(graceSeconds), LOG_LEVEL: 'warn' };
    a = await startServerProcess(owner.database.url, env);
    b = await startServerProcess(proxy.url, env);
    organization = await createOrganization(owner);
  });
  after(async () => {
    proxy.restore();
    await Promise.all([a.stop(), b.stop()]);
    await proxy.close();
    await owner.close();
  });

  /** What B thinks of a token, told from memory: 200 for an active one, 401 for another, or why it cannot tell. */
  async function statusOnB(token: string): Promise<number> {
    const { clientId, secret } = organization.admin;
    const basic = [clientId, secret] as const;
    const { status, body } = await b.request('POST', '/oauth/introspect', { basic, form: { token } });
    return status === 200 && !body.active ? 401 : status;
  }

  /** A token that B accepts, and how to revoke it on A. */
  async function acceptedToken() {
    const { clientId, secret } = organization.admin;
    const token = await owner.token(organization.admin);
    assert.equal(await statusOnB(token), 200);
    return {
      token,
      async revoke() {
        const { status } = await a.request('POST', '/oauth/revoke', {
          basic: [clientId, secret],
          form: { token },
        });
        assert.equal(status, 200);
      },
    };
  }

  /** Asks B without a break. @returns the milliseconds from now until its last 200 had been asked for; 0: none */
  async function lastAcceptance(token: string, forMs: number): Promise<number> {
    const since = performance.now();
    let last = 0;
    while (performance.now() - since < forMs) {
      const askedAtMs = performance.now() - since;
      const status = await statusOnB(token);
      if (status === 200) last = askedAtMs;
      if (status === 401) break;
    }
    return last;
  }

  function tell(figures: object): void {
    const [load = 0] = loadavg();
    console.log(JSON.stringify({ ...figures, load: Number(load.toFixed(1)) }));
  }

  /** @param delays milliseconds from the answer to the revocation until B refuses the token */
  function distribution(delays: number[]) {
    const inOrder = delays.toSorted((one, other) => one - other);
    const at = (share: number) => Math.round(inOrder[Math.ceil(share * inOrder.length) - 1] as number);
    return { rounds: delays.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }

  /** Revokes a token on A, again and again, and waits until B refuses it; 503 is no acceptance, and no refusal either. */
  async function measure(name: string, meanwhile = async () => {}): Promise<void> {
    const delays: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { token, revoke } = await acceptedToken();
      await Promise.all([meanwhile(), revoke()]);
      const since = performance.now();
      while ((await statusOnB(token)) !== 401)
        assert.ok(performance.now() - since < 10 * withinMs, 'it is never refused');
      delays.push(performance.now() - since);
    }
    const figures = distribution(delays);
    tell({ name, ...figures });
    assert.ok(figures.maxMs < withinMs, JSON.stringify(figures));
  }

  it(`a revocation on A is refused on B within a second, ${rounds} times`, () => measure('notified'));

  it(`… and with every notification lost, ${rounds} times`, async () => {
    const lost = proxy.loseNotifications();
    try {
      await measure('notifications lost');
      assert.ok(lost() > 0, 'no notification came by');
    } finally {
      proxy.restore();
    }
  });

  it(`… and with the listening connections killed at the same moment, ${rounds} times`, () =>
    measure('listening connections killed', async () => {
      await owner.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'clientele change feed'`,
      );
    }));

  it(`a black hole before the database: B accepts it no longer than the grace, ${holes} times`, async () => {
    const lastAccepted: number[] = [];
    for (let hole = 0; hole < holes; hole++) {
      const { token, revoke } = await acceptedToken();
      proxy.blackHole();
      await revoke();
      lastAccepted.push(await lastAcceptance(token, outageBoundMs));
      const { status, body } = await b.request('GET', '/health/ready');
      proxy.restore();
      assert.equal(status, 503, JSON.stringify(body));
      await eventually(15_000, async () => assert.equal(await statusOnB(token), 401));
      await eventually(15_000, async () =>
        assert.equal((await b.request('GET', '/health/ready')).status, 200),
      );
    }
    tell({ name: 'black hole', graceSeconds, lastAcceptedMs: lastAccepted.map(Math.round) });
    assert.ok(Math.min(...lastAccepted) > 0, 'within the grace it goes on');
    assert.ok(Math.max(...lastAccepted) < graceSeconds * 1_000, String(lastAccepted));
  });

  it('SIGSTOP for 30 s: B accepts nothing that was revoked meanwhile', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, acceptedToken));
    b.signal('SIGSTOP');
    for (const { revoke } of tokens) await revoke();
    // What is asked while it is paused lies in its sockets, and is answered first of all.
    const asked = tokens.map(({ token }) => statusOnB(token));
    await wait(pauseMs);
    b.signal('SIGCONT');
    const statuses = await Promise.all(asked);
    tell({ name: 'SIGSTOP', pauseMs, statuses: [...new Set(statuses)] });
    assert.ok(!statuses.includes(200), statuses.join());
    await eventually(5_000, async () => {
      for (const { token } of tokens) assert.equal(await statusOnB(token), 401);
    });
  });
});
