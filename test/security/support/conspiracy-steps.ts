import { clientBody, uniqueName } from '../../support/fixtures.js';
import type { Answer } from '../../support/http-client.js';
import { oauthClientBody } from '../../surfaces/oauth-clients/support.js';
import {
  basePath,
  registrationPath,
  clientBody as setupClientBody,
} from '../../surfaces/setup-clients/support.js';
import { type Conspiracy, type Known, type Place, pathOf, type Target } from './conspiracy.js';
import type { Grants } from './reach.js';

/** What one of them tries; numbers choose among what there is at that moment. */
export interface Attempt {
  readonly step: StepName;
  readonly actor: number;
  readonly target: number;
  readonly roles: Grants;
  readonly scopes: readonly string[];
  readonly roleName: string;
  readonly permissions: Readonly<Record<string, readonly string[]>>;
  readonly way: boolean;
}

interface Scene {
  readonly conspiracy: Conspiracy;
  readonly actor: Known;
  readonly target: Target;
  /** The organization that the attempt is about, where it is about no client. */
  readonly place: Place;
  readonly attempt: Attempt;
}

type Step = (scene: Scene) => Promise<Answer | undefined>;

const json = (body: object) => ({ json: body });
const secretOfTheirs = () => uniqueName('a-secret-of-theirs');

/** What the target has now, as its administrator reads it. */
async function present({ conspiracy, target }: Scene): Promise<Record<string, unknown>> {
  const { token } = target.place;
  const path = pathOf(target.place, `/clients/${encodeURIComponent(target.clientId)}`);
  const { body, status } = await conspiracy.server.request('GET', path, { token });
  return status === 200 ? { ...body, clientName: null } : clientBody({ clientId: target.clientId });
}

/** The credential of the target that the attempt is about, as its administrator sees it. */
async function credentialPath({ conspiracy, target, attempt }: Scene): Promise<string | undefined> {
  const path = pathOf(target.place, `/clients/${encodeURIComponent(target.clientId)}/credentials`);
  const { body } = await conspiracy.server.request('GET', path, { token: target.place.token });
  const [first, last] = Array.isArray(body) ? [body[0], body.at(-1)] : [];
  const chosen = attempt.way ? first : last;
  return chosen && `${path}/${chosen.credentialId}`;
}

/** The target among the clients of a setup, as its administrator finds it. */
async function setupClientPath({ conspiracy, target }: Scene): Promise<string> {
  const { setupId, token } = target.place;
  const base = `${basePath}/${setupId}/clients`;
  const found = await conspiracy.server.request('GET', `${base}/by-client-id/${target.clientId}`, { token });
  return `${base}/${found.body.clientId ?? '0123456789abcdef0123456789abcdef'}`;
}

async function onCredential(scene: Scene, method: string, below: string, body: object) {
  const path = await credentialPath(scene);
  return path === undefined ? undefined : scene.conspiracy.ask(scene.actor, method, path + below, json(body));
}

async function learnFrom({ conspiracy, target }: Scene, answer: Answer, clientId: string, secret: unknown) {
  if (answer.status < 300 && typeof secret === 'string') conspiracy.learn(target.place, clientId, secret);
}

const permissionsOf = ({ permissions }: Attempt) => {
  const resourcePermissions = Object.entries(permissions).map(([id, allowedPrivileges]) => ({
    id,
    allowedPrivileges,
  }));
  return resourcePermissions.length > 0 ? [{ id: 'Auth', resourcePermissions }] : [];
};

/** Everything by which somebody might be given something, on every surface. */
const steps = {
  async createClient({ conspiracy, actor, place, attempt }) {
    const { roles, scopes: scope } = attempt;
    const body = clientBody({ scope, clientPermissions: { roles: conspiracy.named(roles) } });
    const answer = await conspiracy.ask(actor, 'POST', pathOf(place, '/clients'), json(body));
    if (answer.status === 200) conspiracy.learn(place, answer.body.clientId, answer.body.clientSecret);
    return answer;
  },
  async replaceClient(scene) {
    const { conspiracy, actor, target, attempt } = scene;
    const before = await present(scene);
    const held = (before['clientPermissions'] as { roles: Grants } | undefined)?.roles ?? {};
    const secret = attempt.way ? secretOfTheirs() : undefined;
    const body = {
      ...before,
      enabled: true,
      allowedNetworks: { mode: 'enforce', networks: ['0.0.0.0/0', '::/0'] },
      scope: [...new Set([...((before['scope'] as string[]) ?? []), ...attempt.scopes])],
      clientPermissions: { roles: { ...held, ...conspiracy.named(attempt.roles) } },
      ...(secret && { clientSecret: secret }),
    };
    const path = pathOf(target.place, `/clients/${encodeURIComponent(target.clientId)}`);
    const answer = await conspiracy.ask(actor, 'PUT', path, json(body));
    await learnFrom(scene, answer, target.clientId, secret);
    return answer;
  },
  async replaceInBulk(scene) {
    const { conspiracy, actor, target, attempt } = scene;
    const before = await present(scene);
    const held = (before['clientPermissions'] as { roles: Grants } | undefined)?.roles ?? {};
    const roles = { ...held, ...conspiracy.named(attempt.roles) };
    const body = [{ ...before, enabled: true, clientPermissions: { roles } }];
    return conspiracy.ask(actor, 'PUT', pathOf(target.place, '/clients'), json(body));
  },
  async createOAuthClient({ conspiracy, actor, attempt: { scopes } }) {
    const body = oauthClientBody(scopes.length > 0 ? { scope: scopes } : {});
    const answer = await conspiracy.ask(actor, 'POST', '/oauth-clients', json(body));
    if (answer.status === 200) conspiracy.learn(actor.place, answer.body.id, answer.body.secret);
    return answer;
  },
  patchClient({ conspiracy, actor, target, attempt }) {
    const operations = attempt.way
      ? [
          { op: 'replace', path: '/enabled', value: true },
          { op: 'replace', path: '/grantTypes', value: ['CLIENT_CREDENTIALS', 'AUTHORIZATION_CODE'] },
          { op: 'replace', path: '/redirectUris', value: ['https://client.example'] },
        ]
      : [{ op: 'replace', path: '/scope', value: attempt.scopes }];
    return conspiracy.ask(actor, 'PATCH', `/oauth-clients/${encodeURIComponent(target.clientId)}`, {
      body: JSON.stringify(operations),
      headers: { 'content-type': 'application/json-patch+json' },
    });
  },
  async createSetupClient({ conspiracy, actor, attempt: { scopes, way } }) {
    const { place } = actor;
    const secret = secretOfTheirs();
    const clientId = uniqueName('client');
    const fields = { client_id: clientId, client_secret: secret, scopes };
    const body = setupClientBody(way ? { ...fields, grant_types: undefined } : fields);
    const path = `${basePath}/${place.setupId}/clients`;
    const answer = await conspiracy.ask(actor, 'POST', path, json(body));
    if (answer.status === 201) conspiracy.learn(place, clientId, secret);
    return answer;
  },
  async replaceSetupClient(scene) {
    const { conspiracy, actor, target, attempt } = scene;
    const secret = secretOfTheirs();
    const body = setupClientBody({ scopes: attempt.scopes, ...(attempt.way && { client_secret: secret }) });
    const answer = await conspiracy.ask(actor, 'PUT', await setupClientPath(scene), json(body));
    if (attempt.way) await learnFrom(scene, answer, target.clientId, secret);
    return answer;
  },
  async registerClient({ conspiracy, actor, attempt: { scopes } }) {
    const { place } = actor;
    const grants = { grant_types: ['client_credentials'], response_types: [] };
    const body = { client_name: 'n', ...grants, scope: scopes.join(' ') };
    const path = `${registrationPath}/${place.setupId}/clients`;
    const answer = await conspiracy.ask(actor, 'POST', path, json(body));
    if (answer.status === 201) conspiracy.learn(place, answer.body.client_id, answer.body.client_secret);
    return answer;
  },
  async createPlatformCredential({ conspiracy, actor, attempt: { scopes, roles } }) {
    const body = { name: 'n', scope: scopes, scopes, roles };
    const answer = await conspiracy.ask(actor, 'POST', '/platform/clientauth/credentials', json(body));
    if (answer.status === 200) {
      conspiracy.learn(actor.place, answer.body.credential.client_id, answer.body.client_secret);
    }
    return answer;
  },
  async createV0Credential({ conspiracy, actor, attempt: { scopes, roles } }) {
    const body = { name: 'n', scope: scopes, scopes, roles };
    const answer = await conspiracy.ask(actor, 'POST', '/api/v0/client-credentials', json(body));
    if (answer.status === 200) conspiracy.learn(actor.place, answer.body.clientId, answer.body.secret);
    return answer;
  },
  createRole({ conspiracy, actor, place, attempt }) {
    const body = {
      roleName: conspiracy.name(attempt.roleName),
      servicePermissions: permissionsOf(attempt),
    };
    return conspiracy.ask(actor, 'POST', pathOf(place, '/roles/permissions'), json(body));
  },
  replaceRole({ conspiracy, actor, place, attempt }) {
    const path = pathOf(place, `/roles/permissions/${encodeURIComponent(conspiracy.name(attempt.roleName))}`);
    return conspiracy.ask(actor, 'PUT', path, json({ servicePermissions: permissionsOf(attempt) }));
  },
  async issueSecret(scene) {
    const { conspiracy, actor, target } = scene;
    const path = pathOf(target.place, `/clients/${encodeURIComponent(target.clientId)}/credentials`);
    const answer = await conspiracy.ask(actor, 'POST', path, json({}));
    await learnFrom(scene, answer, target.clientId, answer.body?.clientSecret);
    return answer;
  },
  async rotateSecret(scene) {
    const answer = await onCredential(scene, 'POST', '/rotate', {});
    if (answer) await learnFrom(scene, answer, scene.target.clientId, answer.body?.clientSecret);
    return answer;
  },
  undoRotation: (scene) => onCredential(scene, 'POST', '/rotation/undo', {}),
  cancelRotation: (scene) => onCredential(scene, 'POST', '/rotation/cancel', {}),
  prolongSecret: (scene) => onCredential(scene, 'PATCH', '', { expiresAt: null }),
  async makeEnrolmentCode(scene) {
    const { conspiracy, actor, target } = scene;
    const below = `/clients/${encodeURIComponent(target.clientId)}`;
    const answer = await conspiracy.ask(actor, 'POST', pathOf(target.place, `${below}/enrolments`), json({}));
    if (answer.status !== 201) return answer;
    // Who has the code lets a machine in as the client: as good as one of its secrets, so they are given one.
    const { token } = target.place;
    const path = pathOf(target.place, `${below}/credentials`);
    const issued = await conspiracy.server.request('POST', path, { token, json: {} });
    await learnFrom(scene, issued, target.clientId, issued.body?.clientSecret);
    return answer;
  },
  declareScopes({ conspiracy, actor, attempt }) {
    const scopes = [...attempt.scopes, uniqueName('scope')].map((name) => ({ name }));
    const path = `${basePath}/${actor.place.setupId}/resource-servers`;
    return conspiracy.ask(actor, 'POST', path, json({ name: uniqueName('api'), scopes }));
  },
  setDefaults({ conspiracy, actor }) {
    const client_defaults = { grant_types: ['authorization_code', 'client_credentials'] };
    const path = `${basePath}/${actor.place.setupId}`;
    return conspiracy.ask(actor, 'PUT', path, json({ name: 'A setup', client_defaults }));
  },
  createTenant({ conspiracy, actor, place }) {
    return conspiracy.ask(actor, 'POST', pathOf(place, '/tenants'), json({ tenantId: uniqueName('t') }));
  },
} satisfies Record<string, Step>;

export type StepName = keyof typeof steps;

export const stepNames = Object.keys(steps) as StepName[];

/** Has one of them try something. @returns the status; undefined where there was nothing to try it on */
export async function attemptAt(conspiracy: Conspiracy, attempt: Attempt): Promise<number | undefined> {
  const { actors, targets, heldBack, places } = conspiracy;
  const actor = actors[attempt.actor % actors.length] as Known;
  const choice: readonly Target[] = attempt.target % 2 === 0 ? heldBack : targets;
  const near = attempt.target % 5 === 0 ? choice : choice.filter(({ place }) => place === actor.place);
  const target = near[attempt.target % near.length] as Target;
  const place = attempt.target % 3 === 0 ? (places[attempt.target % 2] as Place) : actor.place;
  const step: Step = steps[attempt.step];
  const answer = await step({ conspiracy, actor, target, place, attempt });
  if (answer && answer.status >= 500) throw new Error(`${attempt.step}: ${answer.status} ${answer.text}`);
  return answer?.status;
}
