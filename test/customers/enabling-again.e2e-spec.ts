import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientBody, createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { callerWith, nativeApi } from './support/native-api.js';

describe('enabling again', () => {
  let server: TestServer;
  let organization: TestOrganization;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
  });
  after(() => server.close());

  it('revives none of the tokens that a client had when it was disabled', async () => {
    const auditor = {
      clientPermissions: { roles: { ROLE_AUDITOR: [] } },
      defaultRolesAssignmentEnabled: false,
    };
    const { clientId, secret, token } = await callerWith(server, organization, { ROLE_AUDITOR: [] });
    for (const enabled of [false, true]) {
      const json = clientBody({ ...auditor, clientId, enabled });
      const replaced = await nativeApi(server, organization)('PUT', `/clients/${clientId}`, { json });
      assert.equal(replaced.status, 200, replaced.text);
    }
    const list = (bearer: string) => nativeApi(server, organization)('GET', '/clients', { token: bearer });
    assert.equal((await list(token)).status, 401);
    assert.equal((await list(await server.token({ clientId, secret }))).status, 200);
  });

  it('revives none of the tokens of a customer that was suspended', async () => {
    const token = await server.operatorToken();
    const { customerId, admin } = organization;
    const before = await server.token(admin);
    for (const enabled of [false, true]) {
      const replaced = await nativeApi(server, organization)('PUT', '', { token, json: { enabled } });
      assert.equal(replaced.status, 200, replaced.text);
    }
    const read = (bearer: string) =>
      server.request('GET', `/oauth/customers/${customerId}`, { token: bearer });
    assert.equal((await read(before)).status, 401);
    assert.equal((await read(await server.token(admin))).status, 200);
  });
});
