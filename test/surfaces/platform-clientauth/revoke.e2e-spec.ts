import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { comparable, isActive, nativeApi } from '../../customers/support/native-api.js';
import { createOrganization, type TestOrganization } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/server.js';
import { callerWithScopes, type Surface, surfaceAt } from '../../support/surfaces.js';

let server: TestServer;
let organization: TestOrganization;
let platform: Surface;

before(async () => {
  server = await startServer();
  organization = await createOrganization(server);
  platform = surfaceAt(server, '/platform/clientauth', organization);
});
after(() => server.close());

interface Made {
  readonly id: string;
  readonly clientId: string;
  readonly secret: string;
}

async function make(at: Surface = platform): Promise<Made> {
  const { body } = await at('POST', '/credentials', { json: { name: 'to revoke' } });
  return { id: body.credential.id, clientId: body.credential.client_id, secret: body.client_secret };
}

const mint = ({ clientId, secret }: Made) =>
  platform('POST', '/token', { json: { client_id: clientId, client_secret: secret, subject: 'label' } });

describe('POST /platform/clientauth/credentials/{credentialId}/revoke', () => {
  describe('200', () => {
    it('answers an empty object, also the second time, with and without a body', async () => {
      const { id } = await make();
      for (const options of [{}, { json: {} }, { json: { ignored: true } }]) {
        const answer = await platform('POST', `/credentials/${id}/revoke`, options);
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.body, {});
      }
    });

    it('ends the minting and the tokens minted before, at once and everywhere', async () => {
      const made = await make();
      const token = (await mint(made)).body.access_token;
      assert.equal(await isActive(server, organization.admin, token), true);
      await platform('POST', `/credentials/${made.id}/revoke`);
      assert.equal((await mint(made)).status, 401);
      assert.equal(await isActive(server, organization.admin, token), false);
      for (const path of ['/oauth/token', '/api/v0/oauth/token']) {
        const form = {
          grant_type: 'client_credentials',
          client_id: made.clientId,
          client_secret: made.secret,
        };
        assert.equal((await server.request('POST', path, { form })).status, 401, path);
      }
    });

    it('ends the token of the caller on the admin surfaces, be it its own credential', async () => {
      const caller = await callerWithScopes(server, organization, ['credentials:clientauth:write']);
      const listed = await platform('GET', '/credentials?limit=1');
      const { id, client_id } = listed.body.credentials[0];
      assert.equal(client_id, caller.clientId);
      const asCaller = { token: caller.token };
      assert.equal((await platform('POST', `/credentials/${id}/revoke`, asCaller)).status, 200);
      assert.equal((await platform('POST', `/credentials/${id}/revoke`, asCaller)).status, 401);
    });

    it('stays in the list, and is shown as revoked by the native API', async () => {
      const { id, clientId } = await make();
      await platform('POST', `/credentials/${id}/revoke`);
      const { body } = await platform('GET', '/credentials');
      const listed = body.credentials.find((credential: { id: string }) => credential.id === id);
      assert.equal(listed.status, 'CLIENT_CREDENTIAL_STATUS_REVOKED');
      const native = await nativeApi(server, organization)('GET', `/clients/${clientId}/credentials/${id}`);
      assert.equal(native.body.status, 'revoked');
      const v0 = await surfaceAt(server, '/api/v0', organization)('GET', '/client-credentials');
      assert.ok(!v0.body.some((credential: { credentialId: string }) => credential.credentialId === id));
    });

    it('leaves the other credentials of the client alone', async () => {
      const made = await make();
      const native = nativeApi(server, organization);
      const other = await native('POST', `/clients/${made.clientId}/credentials`, { json: {} });
      const second = { ...made, secret: other.body.clientSecret };
      const token = (await mint(second)).body.access_token;
      await platform('POST', `/credentials/${made.id}/revoke`);
      assert.equal((await mint(second)).status, 200);
      assert.equal(await isActive(server, organization.admin, token), true);
    });
  });

  describe('404', () => {
    it('answers the same for an unknown, a malformed and a foreign id', async () => {
      const stranger = await createOrganization(server);
      const foreign = await make(surfaceAt(server, '/platform/clientauth', stranger));
      const answers = [];
      for (const id of [randomUUID(), 'x', "1'--", foreign.id]) {
        answers.push(comparable(await platform('POST', `/credentials/${encodeURIComponent(id)}/revoke`)));
      }
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
      const { status, text } = answers[0] as { status: number; text: string };
      assert.equal(status, 404);
      assert.deepEqual(JSON.parse(text), {
        code: 404,
        details: 'The credential does not exist.',
        error: 'Not Found',
      });
      assert.equal((await mint(foreign)).status, 200, 'the stranger’s credential was revoked');
    });
  });
});
