import assert from 'node:assert/strict';
import { clientBody, uniqueName } from '../../support/fixtures.js';
import { type Answer, send } from '../../support/http-client.js';
import type { TestServer } from '../../support/server.js';

interface Step {
  readonly method: string;
  readonly path: (life: Life) => string;
  readonly json?: (life: Life) => object;
  /** What is known after its answer; a repetition of a step that was done already may be answered by this status. */
  readonly learn?: (life: Life, answer: Answer) => void;
  readonly again?: number;
}

const below = ({ clientId }: Life) => `/${clientId}`;

/** The mutations of a client's life, in their order. */
export const lifeSteps: readonly Step[] = [
  {
    method: 'POST',
    path: () => '',
    json: ({ clientId }) => clientBody({ clientId }),
    learn: (life, { body }) => life.live.push(body.clientSecret),
  },
  {
    method: 'POST',
    path: (life) => `${below(life)}/credentials`,
    json: () => ({ name: 'second' }),
    learn: (life, { body }) => {
      life.live.push(body.clientSecret);
      life.credentialId = body.credentialId;
    },
  },
  {
    method: 'POST',
    path: (life) => `${below(life)}/credentials/${life.credentialId}/rotate`,
    json: () => ({ overlapSeconds: 0 }),
    learn: (life, { body }) => {
      life.dead.push(...life.live.splice(1));
      life.live.push(body.clientSecret);
      life.credentialId = body.credentialId;
    },
  },
  {
    method: 'POST',
    path: (life) => `${below(life)}/credentials/${life.credentialId}/revoke`,
    learn: (life) => life.dead.push(...life.live.splice(1)),
  },
  {
    method: 'DELETE',
    path: below,
    learn: (life) => life.dead.push(...life.live.splice(0)),
    again: 404,
  },
];

/** A client that is created, gets, rotates and loses a credential, and is deleted, over the native API. */
export class Life {
  readonly clientId = uniqueName('life');
  /** How many steps were acknowledged. */
  steps = 0;
  /** Whether the answer to the next step never came. */
  hasStepUnderWay = false;
  readonly live: string[] = [];
  readonly dead: string[] = [];
  credentialId = '';

  constructor(private readonly customerId: string) {}

  /** Sends the next step, and again if it had no answer. @throws TypeError when no answer comes */
  async step(url: string, token: string): Promise<void> {
    const { method, path, json, learn, again } = lifeSteps[this.steps] as Step;
    const isAgain = this.hasStepUnderWay;
    this.hasStepUnderWay = true;
    const answer = await send(url, method, `/oauth/customers/${this.customerId}/clients${path(this)}`, {
      token,
      ...(json && { json: this.sameAsBefore(json(this)) }),
      headers: { 'idempotency-key': `${this.clientId}-${this.steps}` },
    });
    const isDone = answer.status < 300 || (isAgain && answer.status === again);
    assert.ok(isDone, `${method} ${path(this)}: ${answer.status} ${answer.text}`);
    this.hasStepUnderWay = false;
    this.steps++;
    learn?.(this, answer);
  }

  /** All that the database holds of it, but for ids, times and hashes. */
  async stateIn({ query }: TestServer['database']): Promise<object> {
    const [row] = await query<{ state: object }>(
      `select json_build_object(
         'clients', (select count(*) from client where client_id = $1),
         'credentials', (select json_agg(json_build_array(k.name, k.revoked_at is null, k.retires_at is null)
           order by k.created_at, k.name) from credential k join client c on c.id = k.client_row_id
           where c.client_id = $1),
         'audit', (select json_agg(action order by sequence) from audit_event
           where target_id = $1 or details ->> 'clientId' = $1),
         'changes', (select count(*) from change_record where key = $1),
         'answers', (select count(*) from idempotency_key where starts_with(key, $1) and answer is not null),
         'keys', (select count(*) from idempotency_key where starts_with(key, $1))) as state`,
      [this.clientId],
    );
    return row?.state as object;
  }

  /** Those that were handed out get tokens, those that were ended do not. */
  async assertSecretsWork(url: string): Promise<void> {
    for (const [secrets, status] of [
      [this.live, 200],
      [this.dead, 401],
    ] as const)
      for (const secret of secrets) {
        const basic = [this.clientId, secret] as const;
        const form = { grant_type: 'client_credentials' };
        const answer = await send(url, 'POST', '/oauth/token', { basic, form });
        assert.equal(answer.status, status, `after ${this.steps} steps: ${answer.text}`);
      }
  }

  private readonly bodies: object[] = [];

  /** The body of a repetition is that of the first time. */
  private sameAsBefore(body: object): object {
    this.bodies[this.steps] ??= body;
    return this.bodies[this.steps] as object;
  }
}
