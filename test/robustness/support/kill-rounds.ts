import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ChainVerifier } from '#libs/audit';
import { eventually } from '../../support/eventually.js';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { send } from '../../support/http-client.js';
import { startServer, type TestServer } from '../../support/server.js';
import { Life, lifeSteps } from './client-life.js';
import { environmentOn, ServerProcess } from './server-process.js';

const atOnce = 8;
const killedWithinMs = 400;
const flowsWithinMs = 30_000;
const chainEveryRounds = 25;

/** What the rounds came to. */
export interface KillReport {
  acknowledged: number;
  /** Mutations without an answer that were found done as a whole, and found not done at all. */
  done: number;
  undone: number;
}

/**
 * Kills a server process with SIGKILL at random moments of a stream of mutations, round after round on one database,
 * and asserts after each that what was acknowledged is there, and that what was not is there as a whole or not at all.
 */
export async function killRoundAfterRound(rounds: number): Promise<KillReport> {
  const here = await startServer();
  const report: KillReport = { acknowledged: 0, done: 0, undone: 0 };
  try {
    const organization = await createOrganization(here, {
      settings: { adminRateLimit: { requests: 1_000_000, seconds: 1 } },
    });
    const killing = new Killing(here, organization, report);
    await killing.learnStates();
    for (let round = 1; round <= rounds; round++) {
      await killing.round();
      if (round % chainEveryRounds === 0 || round === rounds) await killing.assertChainIsWhole();
    }
    return report;
  } finally {
    await here.close();
  }
}

class Killing {
  /** What the database holds of a client after so many steps of its life, as it is when nothing is killed. */
  private states: object[] = [];
  private lives: Life[] = [];

  constructor(
    private readonly here: TestServer,
    private readonly organization: TestOrganization,
    private readonly report: KillReport,
  ) {}

  async learnStates(): Promise<void> {
    const life = new Life(this.organization.customerId);
    this.states = [await life.stateIn(this.here.database)];
    for (const _ of lifeSteps) {
      await life.step(this.here.url, this.organization.token);
      this.states.push(await life.stateIn(this.here.database));
    }
    const texts = this.states.map((state) => JSON.stringify(state));
    assert.equal(new Set(texts).size, lifeSteps.length + 1, 'every step shows');
  }

  /** Starts a server, has it finish what the one before left, sends it mutations, and kills it. */
  async round(): Promise<void> {
    const { database, settings } = this.here;
    const server = await ServerProcess.start({ env: environmentOn(database.url, settings) });
    const token = await this.tokenFrom(server.url);
    for (const life of this.lives) await this.finish(life, server.url, token);
    this.lives = [];
    const streams = Array.from({ length: atOnce }, () => this.liveOneAfterTheOther(server.url, token));
    // Mostly when the stream flows: a process that has just started does little in that time.
    if (randomInt(4) > 0) await this.untilOneMoreIsAcknowledged();
    await wait(randomInt(killedWithinMs));
    assert.equal(await server.end('SIGKILL'), 'SIGKILL');
    await Promise.all(streams);
    await this.untilItsConnectionsEnded();
    for (const life of this.lives) await this.assertWhole(life);
  }

  async assertChainIsWhole(): Promise<void> {
    const [row] = await this.here.database.query<{ id: string }>(
      'select id from organization where customer_id = $1',
      [this.organization.customerId],
    );
    const verifier = this.here.app.get(ChainVerifier, { strict: false });
    const { damage } = await verifier.verify({ organizationId: row?.id as string });
    assert.equal(damage, undefined);
  }

  private async untilOneMoreIsAcknowledged(): Promise<void> {
    const before = this.report.acknowledged;
    await eventually(flowsWithinMs, async () => assert.ok(this.report.acknowledged > before));
  }

  private async tokenFrom(url: string): Promise<string> {
    const { clientId, secret } = this.organization.admin;
    const form = { grant_type: 'client_credentials' };
    const { status, text, body } = await send(url, 'POST', '/oauth/token', {
      basic: [clientId, secret],
      form,
    });
    assert.equal(status, 200, text);
    return body.access_token;
  }

  /** Lives of clients, until no answer comes any more. */
  private async liveOneAfterTheOther(url: string, token: string): Promise<void> {
    for (;;) {
      const life = new Life(this.organization.customerId);
      this.lives.push(life);
      while (life.steps < lifeSteps.length) {
        try {
          await life.step(url, token);
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
          return;
        }
        this.report.acknowledged++;
      }
    }
  }

  /** A statement that the dead server had sent is still carried out. */
  private async untilItsConnectionsEnded(): Promise<void> {
    await eventually(5_000, async () => {
      const others = await this.here.database.query(
        `select 1 from pg_stat_activity where datname = current_database() and state <> 'idle'
         and backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      assert.equal(others.length, 0);
    });
  }

  private async assertWhole(life: Life): Promise<void> {
    const state = await life.stateIn(this.here.database);
    const text = JSON.stringify(state);
    const before = JSON.stringify(this.states[life.steps]);
    const after = JSON.stringify(this.states[life.steps + 1]);
    const mayBeDone = life.hasStepUnderWay && text === after;
    assert.ok(text === before || mayBeDone, `after ${life.steps} steps: ${text}, and not ${before}`);
    if (!life.hasStepUnderWay) return;
    if (mayBeDone) this.report.done++;
    else this.report.undone++;
  }

  /** Repeats what had no answer, as a client does, and sees the acknowledged secrets work. */
  private async finish(life: Life, url: string, token: string): Promise<void> {
    if (life.hasStepUnderWay) {
      await life.step(url, token);
      assert.deepEqual(await life.stateIn(this.here.database), this.states[life.steps], 'it was done once');
    }
    await life.assertSecretsWork(url);
  }
}
