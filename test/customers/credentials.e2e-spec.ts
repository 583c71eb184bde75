import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';
import { askForToken, assertError, isActive, type NativeApi, nativeApi } from './support/native-api.js';

let server: TestServer;
let organization: TestOrganization;
let api: NativeApi;
let client: TestClient;
let path: string;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  api = nativeApi(server, organization);
});
after(() => server.close());

async function freshClient(): Promise<void> {
  client = await createClient(server, organization.customerId, organization.token);
  path = `/clients/${client.clientId}/credentials`;
}

const list = async () => (await api('GET', path)).body as { credentialId: string; status: string }[];
const firstId = async () => (await list())[0]?.credentialId as string;
const statusOf = async (id: string) => (await api('GET', `${path}/${id}`)).body.status as string;

describe('POST …/credentials', () => {
  before(freshClient);

  it('201: answers a credential with its secret, which then works', async () => {
    const { status, headers, body } = await api('POST', path, { json: { name: 'second' } });
    assert.equal(status, 201);
    assert.equal(headers.get('cache-control'), 'no-store');
    const { credentialId, clientSecret, createdAt, ...rest } = body;
    assert.match(credentialId, /^[0-9a-f-]{36}$/);
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      name: 'second',
      kind: 'client_secret',
      status: 'active',
      hint: `cls_…${clientSecret.slice(-4)}`,
      alg: null,
      kid: null,
      thumbprint: null,
      allowedNetworks: null,
      quarantine: null,
      createdBy: organization.admin.clientId,
      expiresAt: null,
      retiresAt: null,
      lastUsedAt: null,
      lastAddress: null,
      lastUserAgent: null,
      revokedAt: null,
    });
    for (const secret of [client.secret, clientSecret]) {
      assert.equal((await askForToken(server, { ...client, secret })).status, 200);
    }
  });

  it('201: takes no body, and a secret of the caller’s choice', async () => {
    const generated = await api('POST', path);
    assert.match(generated.body.clientSecret, /^cls_/);
    const chosen = await api('POST', path, { json: { clientSecret: 'a secret of my own' } });
    assert.equal(chosen.body.clientSecret, 'a secret of my own');
    assert.equal(chosen.body.hint, '… own');
    assert.equal((await askForToken(server, { ...client, secret: 'a secret of my own' })).status, 200);
  });

  it('400: refuses bad fields, each named', async () => {
    const refused: [object, RegExp][] = [
      [{ name: 5 }, /name: must be a string/],
      [{ expiresAt: 'tomorrow' }, /expiresAt: must be an ISO 8601/],
      [{ expiresAt: '2020-01-01T00:00:00Z' }, /expiresAt: must be in the future/],
      [{ clientSecret: 'short' }, /clientSecret: must have 8/],
      [{ kind: 'client_secret' }, /kind: is not a known field/],
      [{ clientSecret: 'cls_notreally' }, /clientSecret: must not begin with cls_/],
    ];
    for (const [json, detail] of refused) assertError(await api('POST', path, { json }), 400, detail);
  });

  it('409: keeps to five live credentials; a revoked one makes room', async () => {
    while ((await list()).length < 5) assert.equal((await api('POST', path)).status, 201);
    assertError(await api('POST', path), 409, /5 live credentials/);
    assertError(await api('POST', `${path}/${await firstId()}/rotate`), 409, /5 live credentials/);
    assert.equal(await statusOf(await firstId()), 'active');
    await api('POST', `${path}/${(await list())[4]?.credentialId}/revoke`);
    assert.equal((await api('POST', path)).status, 201);
  });

  it('409: keeps to five when twenty ask at once', async () => {
    await freshClient();
    const answers = await Promise.all(Array.from({ length: 20 }, () => api('POST', path)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      ...Array(4).fill(201),
      ...Array(16).fill(409),
    ]);
  });
});

describe('GET …/credentials', () => {
  before(freshClient);

  it('lists the first secret of the client, and never answers any', async () => {
    await api('POST', path, { json: { clientSecret: 'a secret of my own' } });
    for (const answer of [await api('GET', path), await api('GET', `${path}/${await firstId()}`)]) {
      assert.equal(answer.status, 200);
      assert.doesNotMatch(answer.text, /Secret|hash|of my own/);
    }
    assert.equal((await list()).length, 2);
  });

  it('pages', async () => {
    const first = await api('GET', `${path}?limit=1`);
    const next = /<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] as string;
    const second = await server.request('GET', next, { token: organization.token });
    assert.deepEqual([...first.body, ...second.body], await list());
    assert.equal(second.headers.get('link'), null);
  });

  it('tells when a credential was last used, a second later at most', async () => {
    await server.token(client);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { body } = await api('GET', `${path}/${await firstId()}`);
    assert.ok(Date.now() - Date.parse(body.lastUsedAt) < 60_000, body.lastUsedAt);
  });

  it('404: for an id that is none, is unknown, or is another client’s', async () => {
    const other = await createClient(server, organization.customerId, organization.token);
    const foreign = (await api('GET', `/clients/${other.clientId}/credentials`)).body[0].credentialId;
    const unknown = '00000000-0000-4000-8000-000000000000';
    const texts = new Set<string>();
    for (const id of ['nonsense', unknown, foreign, `${foreign}x`, '%F0%9F%98%80']) {
      for (const [method, suffix] of [
        ['GET', ''],
        ['PATCH', ''],
        ['POST', '/revoke'],
        ['POST', '/rotate'],
      ] as const) {
        const answer = await api(method, `${path}/${id}${suffix}`, method === 'PATCH' ? { json: {} } : {});
        assertError(answer, 404, /credential does not exist/);
        texts.add(answer.text);
      }
    }
    assert.equal(texts.size, 1);
  });
});

describe('PATCH …/credentials/{credentialId}', () => {
  before(freshClient);

  it('200: changes what is given, and null takes it away', async () => {
    const id = await firstId();
    const expiresAt = '2099-12-31T23:59:59.123Z';
    const named = await api('PATCH', `${path}/${id}`, { json: { name: 'n', expiresAt } });
    assert.deepEqual([named.status, named.body.name, named.body.expiresAt], [200, 'n', expiresAt]);
    const cleared = await api('PATCH', `${path}/${id}`, { json: { expiresAt: null } });
    assert.deepEqual([cleared.body.name, cleared.body.expiresAt], ['n', null]);
    assert.deepEqual((await api('GET', `${path}/${id}`)).body, { ...cleared.body, uses: [] });
  });

  it('400: does not move the end into the past', async () => {
    const json = { expiresAt: '2020-01-01T00:00:00Z' };
    assertError(
      await api('PATCH', `${path}/${await firstId()}`, { json }),
      400,
      /expiresAt: must be in the future/,
    );
  });

  it('409: does not revive one that is revoked', async () => {
    const { credentialId } = (await api('POST', path)).body;
    await api('POST', `${path}/${credentialId}/revoke`);
    for (const json of [{ expiresAt: null }, { name: 'x' }]) {
      assertError(
        await api('PATCH', `${path}/${credentialId}`, { json }),
        409,
        /revoked and cannot be revived/,
      );
    }
  });
});

describe('POST …/credentials/{credentialId}/revoke', () => {
  before(freshClient);

  it('200: ends the secret and the tokens bought with it, and no others; again does nothing', async () => {
    const { credentialId, clientSecret } = (await api('POST', path)).body;
    const second = { ...client, secret: clientSecret };
    const [kept, ended] = [await server.token(client), await server.token(second)];
    const revoked = await api('POST', `${path}/${credentialId}/revoke`);
    assert.deepEqual([revoked.status, revoked.body.status], [200, 'revoked']);
    assert.equal((await askForToken(server, second)).status, 401);
    assert.equal(await isActive(server, organization.admin, ended), false);
    assert.equal(await isActive(server, organization.admin, kept), true);
    const again = await api('POST', `${path}/${credentialId}/revoke`);
    assert.equal(again.status, 200);
    assert.equal(again.body.revokedAt, revoked.body.revokedAt);
  });
});

describe('expiry of a credential', () => {
  it('ends the secret at its time, and it cannot be moved any more', async () => {
    const own = await startServer();
    try {
      const its = await createOrganization(own);
      const mine = await createClient(own, its.customerId, its.token);
      const at = `/clients/${mine.clientId}/credentials`;
      const request = nativeApi(own, its);
      const expiresAt = new Date(Date.now() + 600_000).toISOString();
      const { credentialId, clientSecret } = (await request('POST', at, { json: { expiresAt } })).body;
      const second = { ...mine, secret: clientSecret };
      assert.equal((await askForToken(own, second)).status, 200);
      own.advanceClock(601);
      assert.equal((await askForToken(own, second)).status, 401);
      assert.equal((await request('GET', `${at}/${credentialId}`)).body.status, 'expired');
      const changed = await request('PATCH', `${at}/${credentialId}`, { json: { expiresAt: null } });
      assertError(changed, 409, /expired and cannot be revived/);
      assertError(await request('POST', `${at}/${credentialId}/rotate`), 409, /expired; only an active one/);
      assert.equal((await askForToken(own, mine)).status, 200);
    } finally {
      await own.close();
    }
  });
});
