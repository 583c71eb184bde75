import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CredentialUsage } from '#libs/credentials';
import type { TestServer } from '../../support/server.js';
import type { Expected, ModelCredential, ModelOverlap, RotationModel } from './rotation-model.js';
import type { Scene } from './scene.js';

/** The server, with the ids and secrets of the credentials by their number in the model. */
export interface RealCredentials {
  readonly server: TestServer;
  readonly scene: Scene;
  readonly ids: string[];
  readonly secrets: string[];
  /** From where the secrets are used: each run has its own, for failures are counted by address. */
  readonly address: string;
  /** How far the clock was moved in this run. */
  advancedSeconds: number;
}

type Command = fc.AsyncCommand<RotationModel, RealCredentials>;
type Act = (model: RotationModel, real: RealCredentials) => Promise<void>;

/** Makes a command of a step; after each one server and model must agree on everything. */
function command(name: string, act: Act): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await act(model, real);
      await mustAgree(model, real);
    },
    toString: () => name,
  };
}

/** Statuses are as in the model, and nobody is locked out who did not ask for it. */
async function mustAgree(model: RotationModel, { scene }: RealCredentials): Promise<void> {
  const listed: { status: string }[] = (await scene.api('GET')).body;
  assert.deepEqual(
    listed.map(({ status }) => status),
    model.credentials.map((credential) => model.statusOf(credential)),
  );
  if (model.live().length === 0) assert.ok(model.emptied, 'nothing works, and nobody asked for that');
}

/** After a run: each secret works or not as in the model, and the audit log tells the same story. */
export async function mustTellTheSame(model: RotationModel, real: RealCredentials): Promise<void> {
  for (const credential of model.credentials) {
    const { number, audit } = credential;
    assert.deepEqual(await real.scene.auditOf(real.ids[number] as string), audit, `audit of ${number}`);
    assert.equal(await isGood(real, credential), model.works(credential), `secret ${number}`);
  }
}

async function isGood(
  { scene, secrets, address }: RealCredentials,
  { number }: ModelCredential,
): Promise<boolean> {
  const { status } = await scene.ask(secrets[number] as string, { 'x-forwarded-for': address });
  assert.ok(status === 200 || status === 401, `${status}`);
  return status === 200;
}

type Status = ReturnType<RotationModel['statusOf']>;

/** Mostly one in the state in which the step makes sense, or else too little would ever happen. */
function pick(model: RotationModel, at: number, wanted: Status): ModelCredential {
  const sensible = model.credentials.filter((credential) => model.statusOf(credential) === wanted);
  const candidates = at % 4 !== 0 && sensible.length > 0 ? sensible : model.credentials;
  return candidates[at % candidates.length] as ModelCredential;
}

async function step(
  { scene, ids, secrets }: RealCredentials,
  path: string,
  json: object | undefined,
  expected: Expected,
): Promise<void> {
  const answer = await scene.api('POST', path, json === undefined ? {} : { json });
  if (expected === 'conflict') return assert.equal(answer.status, 409, `${path} ${answer.text}`);
  assert.ok(answer.status < 300, `${path} ${answer.text}`);
  if (answer.body.clientSecret === undefined) return undefined;
  ids.push(answer.body.credentialId);
  secrets.push(answer.body.clientSecret);
}

/*
 * Deadlines fall between the seconds that the clock can be moved to, so that the time that the test itself takes
 * decides nothing.
 */
const overlaps: fc.Arbitrary<ModelOverlap> = fc.oneof(
  fc.constant({}),
  fc.constant({ overlapSeconds: 0 }),
  fc.constantFrom(1_500, 2_500, 9_500).map((overlapSeconds) => ({ overlapSeconds })),
  fc.constantFrom(1_500, 4_500).map((retireAfterQuietSeconds) => ({ retireAfterQuietSeconds })),
  fc.constant({ overlapSeconds: 3_500, retireAfterQuietSeconds: 1_500 }),
);
const index = fc.nat({ max: 23 });

const create = fc.constant(
  command('create', async (model, real) => step(real, '', undefined, model.create())),
);
const rotate = fc.tuple(index, overlaps).map(([at, overlap]) =>
  command(`rotate ${at} ${JSON.stringify(overlap)}`, async (model, real) => {
    const old = pick(model, at, 'active');
    await step(real, `/${real.ids[old.number]}/rotate`, overlap, model.rotate(old, overlap));
  }),
);
const undo = fc.tuple(index, overlaps).map(([at, overlap]) =>
  command(`undo ${at} ${JSON.stringify(overlap)}`, async (model, real) => {
    const old = pick(model, at, 'retired');
    await step(real, `/${real.ids[old.number]}/rotation/undo`, overlap, model.undo(old, overlap));
  }),
);
const settle = fc.tuple(index, fc.constantFrom('cancel' as const, 'complete' as const)).map(([at, name]) =>
  command(`${name} ${at}`, async (model, real) => {
    const old = pick(model, at, 'retiring');
    await step(real, `/${real.ids[old.number]}/rotation/${name}`, undefined, model[name](old));
  }),
);
const revoke = index.map((at) =>
  command(`revoke ${at}`, async (model, real) => {
    const credential = pick(model, at, 'active');
    model.revoke(credential);
    await step(real, `/${real.ids[credential.number]}/revoke`, undefined, 'done');
  }),
);
const use = index.map((at) =>
  command(`use ${at}`, async (model, real) => {
    const credential = pick(model, at, 'retiring');
    assert.equal(await isGood(real, credential), model.use(credential), `use ${credential.number}`);
    await real.server.app.get(CredentialUsage, { strict: false }).flush();
  }),
);
const pass = fc.constantFrom(1_000, 3_000, 5_000, 90_000).map((seconds) =>
  command(`${seconds} seconds pass`, async (model, real) => {
    model.now += seconds;
    real.advancedSeconds += seconds;
    real.server.advanceClock(seconds);
  }),
);

/** All that can be done with the credentials of a client, the passing of time included. */
export const rotationCommands = [rotate, rotate, rotate, use, settle, undo, undo, pass, revoke, create];
