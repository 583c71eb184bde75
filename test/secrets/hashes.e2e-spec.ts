import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { generateSecret } from '#libs/credentials';
import { createClient, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import { startServer, type TestClient, type TestServer } from '../support/server.js';

const generatedHash = /^hmac-sha256\$[0-9a-f]{8}\$[\w-]{43}$/;
const chosenHash = /^bcrypt-hmac-sha256\$[0-9a-f]{8}\$\$2b\$04\$.{53}$/;

describe('stored secrets', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
  });
  after(() => server.close());

  const newClient = (clientSecret?: string) =>
    createClient(server, organization.customerId, organization.token, {
      ...(clientSecret !== undefined && { clientSecret }),
    });
  const statusOf = async ({ clientId, secret }: TestClient, at = server) =>
    (
      await at.request('POST', '/oauth/token', {
        basic: [clientId, secret],
        form: { grant_type: 'client_credentials' },
      })
    ).status;
  const hashOf = async ({ clientId }: TestClient): Promise<string> => {
    const [row] = await server.database.query(
      `select hash from credential where client_row_id = (select id from client where client_id = $1)`,
      [clientId],
    );
    return row?.['hash'];
  };
  const setHash = ({ clientId }: TestClient, hash: string) =>
    server.database.query(
      `update credential set hash = $2 where client_row_id = (select id from client where client_id = $1)`,
      [clientId, hash],
    );
  const create = async (clientSecret: string) =>
    server.request('POST', `/oauth/customers/${organization.customerId}/clients`, {
      token: organization.token,
      json: [
        {
          clientId: uniqueName('client'),
          authorizedGrantTypes: ['client_credentials'],
          clientAuthenticationMethods: ['client_secret_basic'],
          clientSecret,
        },
      ],
    });

  it('name their scheme and pepper: an HMAC for generated ones, a slow hash for chosen ones (S-06, S-10)', async () => {
    assert.match(await hashOf(await newClient()), generatedHash);
    assert.match(await hashOf(await newClient('chosen by a person')), chosenHash);
    const lookalike = generateSecret();
    assert.match(await hashOf(await newClient(lookalike)), chosenHash, 'whoever chose it may know it');
  });

  it('of both schemes work side by side on one client (S-06)', async () => {
    const client = await newClient('chosen by a person');
    const path = `/oauth/customers/${organization.customerId}/clients/${client.clientId}/credentials`;
    const { body } = await server.request('POST', path, { token: organization.token, json: {} });
    const both = await server.database.query<{ hash: string }>(
      `select hash from credential where client_row_id = (select id from client where client_id = $1)
       order by hash`,
      [client.clientId],
    );
    assert.match(both[0]?.hash ?? '', chosenHash);
    assert.match(both[1]?.hash ?? '', generatedHash);
    assert.equal(await statusOf(client), 200);
    assert.equal(await statusOf({ clientId: client.clientId, secret: body.clientSecret }), 200);
  });

  it('differ between two clients with the same secret (S-03)', async () => {
    for (const secret of ['the very same secret', generateSecret()]) {
      const [one, other] = [await newClient(secret), await newClient(secret)];
      assert.notEqual(await hashOf(one), await hashOf(other));
      const digestOf = (hash: string) => hash.split('$').at(-1);
      assert.notEqual(digestOf(await hashOf(one)), digestOf(await hashOf(other)));
    }
  });

  it('open nothing when they are moved to another client, of either scheme (S-04)', async () => {
    for (const secret of [undefined, 'chosen by a person']) {
      const [one, other] = [await newClient(secret), await newClient(secret)];
      await setHash(other, await hashOf(one));
      assert.equal(await statusOf(one), 200);
      assert.equal(await statusOf({ ...other, secret: one.secret }), 401);
      assert.equal(await statusOf(other), 401);
    }
  });

  it('open nothing when scheme, pepper or value were altered, and do no harm (S-04, S-12)', async () => {
    const good = await newClient();
    const hash = await hashOf(good);
    const [, pepper, value] = hash.split('$') as [string, string, string];
    const altered = [
      '',
      '$$',
      'plain$$secret',
      `hmac-sha256$00000000$${value}`,
      `hmac-sha256$${pepper}$`,
      `hmac-sha256$${pepper}$${value.slice(0, -2)}`,
      `bcrypt-hmac-sha256$${pepper}$${value}`,
      `bcrypt-hmac-sha256$${pepper}$$2b$20$${'a'.repeat(53)}`,
      `bcrypt-hmac-sha256$${pepper}$$2b$31$${'a'.repeat(53)}`,
      `bcrypt-hmac-sha256$${pepper}$$2b$99$${'a'.repeat(53)}`,
      `none$${pepper}$${good.secret}`,
      good.secret,
    ];
    for (const each of altered) {
      const client = await newClient();
      await setHash(client, each);
      const startedAt = performance.now();
      assert.equal(await statusOf(client), 401, each);
      assert.ok(performance.now() - startedAt < 2_000, `${each} takes too long`);
      await setHash(client, hash);
    }
    assert.equal(await statusOf(good), 200);
  });

  describe('that were chosen', () => {
    for (const [what, secret] of Object.entries({
      '8 characters': 'q7!Zw_x9',
      '256 characters': 'x'.repeat(256),
      '256 characters of four bytes': '𝛑'.repeat(256),
      '8 characters of several bytes': 'äöü€ß𝛑éñ',
      'colons, blanks, percent and plus signs': ' a:b:c %41 + & = ',
    })) {
      it(`may be ${what} (S-10)`, async () => {
        const created = await create(secret);
        assert.equal(created.status, 200, created.text);
        const [{ clientId }] = created.body;
        assert.equal(await statusOf({ clientId, secret }), 200);
        assert.equal(await statusOf({ clientId, secret: secret.trim().slice(0, -1) }), 401);
      });
    }

    for (const [what, secret] of Object.entries({
      '7 characters': 'q7!Zw_x',
      '7 characters of several bytes': '𝛑'.repeat(7),
      '257 characters': 'x'.repeat(257),
      empty: '',
      'with a control character': 'a secret\u0000 with',
      'with a line break': 'a secret\nwith',
      'almost a generated one': `${generateSecret().slice(0, -1)}!`,
    })) {
      it(`may not be ${what} (S-10)`, async () => {
        const { status, text } = await create(secret);
        assert.equal(status, 400);
        assert.match(text, /clientSecret/);
        if (secret.length > 6) assert.ok(!text.includes(secret));
      });
    }

    it('count to the last byte, beyond the 72 that bcrypt reads (S-10)', async () => {
      for (const start of ['x'.repeat(72), 'ä'.repeat(36), '𝛑'.repeat(18), 'x'.repeat(200)]) {
        const client = await newClient(`${start}right`);
        assert.equal(await statusOf({ ...client, secret: `${start}wrong` }), 401);
        assert.equal(await statusOf({ ...client, secret: start }), 401);
        assert.equal(await statusOf(client), 200);
      }
    });

    it('are not kept normalized or cut: other spellings of the same letters fail (S-10)', async () => {
      const client = await newClient('Zürich-café');
      assert.equal(await statusOf({ ...client, secret: client.secret.normalize('NFD') }), 401);
      assert.equal(await statusOf({ ...client, secret: client.secret.toUpperCase() }), 401);
      assert.equal(await statusOf(client), 200);
    });
  });

  it('sealed for one replay do not open in the place of another (S-04)', async () => {
    const post = (key: string, clientId: string) =>
      server.request('POST', `/oauth/customers/${organization.customerId}/clients`, {
        token: organization.token,
        headers: { 'idempotency-key': key },
        json: [
          {
            clientId,
            authorizedGrantTypes: ['client_credentials'],
            clientAuthenticationMethods: ['client_secret_basic'],
          },
        ],
      });
    const [one, other] = [uniqueName('one'), uniqueName('other')];
    const secret = (await post(one, one)).body[0].clientSecret;
    await post(other, other);
    const moved = await server.database.query(
      `update idempotency_key set sealed_answer = (select sealed_answer from idempotency_key where key = $1)
       where key = $2 returning key`,
      [one, other],
    );
    assert.equal(moved.length, 1);
    const replayed = await post(other, other);
    assert.ok(!replayed.text.includes(secret));
    assert.equal(replayed.status, 500);
  });
});
