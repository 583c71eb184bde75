import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import type { TestClient } from '../support/server.js';
import { startServer, type TestServer } from '../support/server.js';
import { type SurfaceDriver, surfaceDrivers } from './support/surface-drivers.js';

const names = ['customers', 'oauth-clients', 'setup-clients', 'platform-clientauth', 'client-credentials-v0'];

/** The one model behind five surfaces: what any of them makes, all of them show, and each of them can end. */
describe('a client', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let drivers: Map<string, SurfaceDriver>;
  before(async () => {
    // The matrix asks more often than one client usually may.
    const settings = { adminRateLimit: { requests: 100_000, seconds: 10 } };
    server = await startServer();
    organization = await createOrganization(server, { settings });
    drivers = new Map(surfaceDrivers(server, organization).map((driver) => [driver.name, driver]));
  });
  after(() => server.close());

  const askForToken = ({ clientId, secret, method }: TestClient & { method: 'basic' | 'post' }) =>
    server.request('POST', '/oauth/token', {
      ...(method === 'basic' && { basic: [clientId, secret] as const }),
      form: {
        grant_type: 'client_credentials',
        ...(method === 'post' && { client_id: clientId, client_secret: secret }),
      },
    });

  const isActive = async (token: string) => {
    const { clientId, secret } = organization.admin;
    const answer = await server.request('POST', '/oauth/introspect', {
      basic: [clientId, secret],
      form: { token },
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.active;
  };

  for (const creator of names) {
    for (const revoker of names) {
      it(`made on ${creator} is on every surface, gets a token, and is ended on ${revoker} for all of them`, async () => {
        const client = await (drivers.get(creator) as SurfaceDriver).create();
        for (const driver of drivers.values()) {
          assert.equal(await driver.shows(client.clientId), true, `${driver.name} does not show it`);
        }
        const issued = await askForToken(client);
        assert.equal(issued.status, 200, issued.text);
        assert.equal(await isActive(issued.body.access_token), true);

        await (drivers.get(revoker) as SurfaceDriver).revoke(client.clientId);
        assert.equal(await isActive(issued.body.access_token), false);
        assert.equal((await askForToken(client)).status, 401);
        // A credential that was revoked leaves its client behind, where clients are what is shown.
        const isCredentialAlone = revoker === 'platform-clientauth';
        for (const driver of drivers.values()) {
          const showsClients = ['customers', 'oauth-clients', 'setup-clients'].includes(driver.name);
          assert.equal(await driver.shows(client.clientId), isCredentialAlone && showsClients, driver.name);
        }
      });
    }
  }
});
