import assert from 'node:assert/strict';
import { clientBody, type TestOrganization } from '../../support/fixtures.js';
import type { Answer, RequestOptions } from '../../support/http-client.js';
import type { TestServer } from '../../support/server.js';
import { type Grants, type OwnRoles, Reach, type Right, rightsOfRoles, rightsOfScopes } from './reach.js';

/** What an operator gives to one of those who conspire. */
export interface Gift {
  /** Whose it is: that of the first or of the second organization. */
  readonly at: 0 | 1;
  readonly roles: Grants;
  readonly scopes: readonly string[];
}

/** A client that exists, whoever knows its secret. */
export interface Target {
  readonly place: Place;
  readonly clientId: string;
}

/** A client whose secrets the conspirators know, which may be all dead. */
export interface Known extends Target {
  readonly secrets: string[];
  token?: string | undefined;
}

/** An organization with its setup. */
export interface Place extends TestOrganization {
  readonly setupId: string;
}

export const tenants = ['tenant1', 'tenant2'];
/** Made by the administrator of each organization, with what they permit below `Auth`. */
export const ownRoles: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ROLE_MARKER: {},
  ROLE_READS: { 'Customer.Clients': ['READ'] },
  ROLE_MANAGES: { 'Customer.Clients': ['CREATE', 'UPDATE'], 'Customer.Roles': ['CREATE', 'UPDATE'] },
  ROLE_SECRETS: { 'Customer.Clients.Credentials': ['CREATE', 'READ', 'UPDATE', 'DELETE'] },
  ROLE_SETUPS: { 'Customer.Setups': ['CREATE', 'READ', 'UPDATE'], 'Customer.Tenants': ['CREATE'] },
};
const markers = new Set(['ROLE_MARKER']);

/** Several clients that share all they know, in a world with others that may do more. */
export class Conspiracy {
  readonly known: Known[] = [];
  /** Those of the known that could get a token when they became known. */
  readonly actors: Known[] = [];
  readonly targets: Target[] = [];
  /** Those of the known that are good for nothing, unless somebody is let to change that. */
  readonly heldBack: Known[] = [];
  private reach = new Reach([]);

  constructor(
    readonly server: TestServer,
    readonly places: readonly [Place, Place],
  ) {}

  /** Lets them in: what they are given here is all that they may ever reach. */
  async letIn(gifts: readonly Gift[]): Promise<void> {
    const token = await this.server.operatorToken();
    const rights: Right[] = [];
    for (const { at, roles: generic, scopes } of gifts) {
      const place = this.places[at];
      const roles = this.named(generic);
      const json = clientBody({ scope: scopes, clientPermissions: { roles } });
      const created = await this.server.request('POST', pathOf(place, '/clients'), { token, json });
      assert.equal(created.status, 200, created.text);
      this.learn(place, created.body.clientId, created.body.clientSecret);
      const own = await this.ownRolesOf(place);
      rights.push(...rightsOfRoles(place.customerId, { ROLE_API: [], ...roles }, own, markers));
      rights.push(...rightsOfScopes(place.customerId, scopes));
    }
    // Who may create clients may have ROLE_API added to them.
    for (const { customerId } of this.places) {
      rights.push(...rightsOfRoles(customerId, { ROLE_API: [] }, new Map(), markers));
    }
    this.reach = new Reach(rights);
  }

  learn(place: Place, clientId: string, secret: string): void {
    const known = this.remember(place, clientId, secret);
    if (!this.actors.includes(known)) this.actors.push(known);
  }

  /** A secret that is good for nothing at the moment. */
  learnDead(place: Place, clientId: string, secret: string): void {
    this.heldBack.push(this.remember(place, clientId, secret));
  }

  private remember(place: Place, clientId: string, secret: string): Known {
    this.notice(place, clientId);
    const known = this.known.find((one) => one.clientId === clientId);
    if (known) {
      known.secrets.push(secret);
      return known;
    }
    const fresh = { place, clientId, secrets: [secret] };
    this.known.push(fresh);
    return fresh;
  }

  /** That there is such a client, of which they know no secret. */
  notice(place: Place, clientId: string): void {
    if (!this.targets.some((one) => one.clientId === clientId)) this.targets.push({ place, clientId });
  }

  /** Sends a request with the token of one of them; with a new one when it has ended. */
  async ask(actor: Known, method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    actor.token ??= await this.tokenOf(actor);
    const answer = await this.server.request(method, path, { token: actor.token ?? 'none', ...options });
    if (answer.status === 401) actor.token = undefined;
    return answer;
  }

  /** A token of the client by any of the secrets that they know. */
  async tokenOf({ clientId, secrets }: Known): Promise<string | undefined> {
    for (const secret of secrets.toReversed()) {
      const form = { grant_type: 'client_credentials' };
      const ways: RequestOptions[] = [
        { basic: [clientId, secret], form },
        { form: { ...form, client_id: clientId, client_secret: secret } },
      ];
      for (const options of ways) {
        const { status, body } = await this.server.request('POST', '/oauth/token', options);
        if (status === 200) return body.access_token;
      }
    }
    return undefined;
  }

  /** Asserts that none of them reaches more than all of them were given together. */
  async mustNotHaveRisen(): Promise<void> {
    const own = await Promise.all(this.places.map((place) => this.ownRolesOf(place)));
    const probed = new Set<string>();
    for (const known of this.known) {
      const token = await this.tokenOf(known);
      if (token === undefined) continue;
      const { customer, roles, scope } = claimsOf(token);
      const at = this.places.findIndex(({ customerId }) => customerId === customer);
      const rights = rightsOfRoles(customer, roles, own[at] ?? new Map(), markers);
      assert.deepEqual(this.reach.beyond(rights), [], `${known.clientId} carries ${JSON.stringify(roles)}`);
      // Scopes may draw on the owner: without any, the same roles are the same rights.
      const rightsOfToken = JSON.stringify([customer, roles, scope === undefined ? '' : known.clientId]);
      if (probed.has(rightsOfToken)) continue;
      probed.add(rightsOfToken);
      await this.mustBeRefused(known, token);
    }
  }

  /** Asserts that the first of them may do from the start exactly what the model says: so the model is no idle one. */
  async mustHaveWhatWasGiven({ at, roles, scopes }: Gift): Promise<void> {
    const { customerId } = this.places[at];
    const token = await this.tokenOf(this.known[0] as Known);
    assert.ok(token, 'gets no token');
    const own = await this.ownRolesOf(this.places[at]);
    const rights = rightsOfRoles(customerId, this.named(roles), own, markers);
    const reach = new Reach([...rights, ...rightsOfScopes(customerId, scopes)]);
    const probes = this.probes();
    const opened = await Promise.all(probes.map((probe) => this.opens(token, probe)));
    for (const [index, probe] of probes.entries()) {
      const expected = reach.may(probe.organization, probe.resource, probe.privilege);
      assert.equal(opened[index], expected, `${JSON.stringify([roles, scopes])}: ${JSON.stringify(probe)}`);
    }
  }

  /** Asserts that nothing opens to the token that is beyond what all of them were given. */
  private async mustBeRefused({ clientId }: Known, token: string): Promise<void> {
    const beyond = this.probes().filter(
      ({ organization, resource, privilege }) => !this.reach.may(organization, resource, privilege),
    );
    const opened = await Promise.all(beyond.map((probe) => this.opens(token, probe)));
    assert.deepEqual(
      beyond.filter((_, index) => opened[index]),
      [],
      clientId,
    );
  }

  /** Role names with the organizations of this world in the place of `<0>` and `<1>`. */
  named<T>(roles: Readonly<Record<string, T>>): Record<string, T> {
    return Object.fromEntries(Object.entries(roles).map(([name, value]) => [this.name(name), value]));
  }

  name(pattern: string): string {
    return pattern.replace(/<([01])>/, (_, at: string) => (this.places[Number(at)] as Place).customerId);
  }

  private async opens(token: string, { method, path, resource, organization }: Probe): Promise<boolean> {
    const json = method === 'GET' || method === 'DELETE' ? undefined : { id: 'nobody' };
    const { status, text } = await this.server.request(method, path, { token, ...(json && { json }) });
    assert.ok(status < 500 && status !== 429, text);
    const isHidden = status === 404 && organization !== '' && /customer/i.test(text);
    return status !== 401 && status !== 403 && !(isHidden && resource !== 'operator');
  }

  private probes(): Probe[] {
    const operator = { organization: '', resource: 'operator', privilege: 'BE', method: 'GET' };
    return [
      { ...operator, path: '/oauth/signing-keys' },
      ...this.places.flatMap((place) =>
        probed.map(([resource, privilege, method, below]) => ({
          organization: place.customerId,
          resource,
          privilege,
          method,
          path: pathOf(place, below),
        })),
      ),
    ];
  }

  private async ownRolesOf(place: Place): Promise<OwnRoles> {
    const token = await this.server.operatorToken();
    const { body } = await this.server.request('GET', pathOf(place, '/roles/permissions?limit=250'), {
      token,
    });
    return new Map(
      (body as WireRole[]).map(({ roleName, servicePermissions }) => [
        roleName,
        servicePermissions.flatMap(({ id, resourcePermissions }) =>
          resourcePermissions.map((one) => ({
            resource: `${id}.${one.id}`.toLowerCase(),
            privileges: one.allowedPrivileges,
          })),
        ),
      ]),
    );
  }
}

interface WireRole {
  readonly roleName: string;
  readonly servicePermissions: readonly {
    readonly id: string;
    readonly resourcePermissions: readonly { readonly id: string; readonly allowedPrivileges: string[] }[];
  }[];
}

/** A request that is refused to whom the right is missing, and changes nothing for anybody. */
interface Probe {
  readonly organization: string;
  readonly resource: string;
  readonly privilege: string;
  readonly method: string;
  readonly path: string;
}

const clients = 'auth.customer.clients';
const probed = [
  ['admin', 'BE', 'PUT', ''],
  ['auth.customer', 'READ', 'GET', ''],
  [clients, 'READ', 'GET', '/clients?limit=1'],
  [clients, 'CREATE', 'POST', '/clients'],
  [clients, 'UPDATE', 'PUT', '/clients/nobody'],
  [clients, 'DELETE', 'DELETE', '/clients/nobody'],
  [`${clients}.credentials`, 'READ', 'GET', '/clients/nobody/credentials'],
  [`${clients}.credentials`, 'CREATE', 'POST', '/clients/nobody/credentials'],
  [`${clients}.credentials`, 'DELETE', 'POST', '/clients/nobody/credentials/x/revoke'],
  ['auth.customer.tenants', 'READ', 'GET', '/tenants'],
  ['auth.customer.tenants', 'CREATE', 'POST', '/tenants'],
  ['auth.customer.tenants', 'DELETE', 'DELETE', '/tenants/nobody'],
  ['auth.customer.roles', 'READ', 'GET', '/roles/permissions'],
  ['auth.customer.roles', 'CREATE', 'POST', '/roles/permissions'],
  ['auth.customer.roles', 'UPDATE', 'PUT', '/roles/permissions/nobody'],
  ['auth.customer.roles', 'DELETE', 'DELETE', '/roles/permissions/nobody'],
] as const;

export function pathOf({ customerId }: Place, below: string): string {
  return `/oauth/customers/${customerId}${below}`;
}

function claimsOf(token: string): { customer: string; roles: Grants; scope?: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
}
