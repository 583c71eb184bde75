import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createOrganization, type TestOrganization, uniqueName } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';

describe('the admin API and the way in which a token is carried', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let path: string;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    path = `/oauth/customers/${organization.customerId}/clients`;
  });
  after(() => server.close());

  const newClient = () => ({
    clientId: uniqueName('client'),
    authorizedGrantTypes: ['client_credentials'],
    clientAuthenticationMethods: ['client_secret_basic'],
  });
  const mustNotExist = async (clientId: string) => {
    const { status } = await server.request('GET', `${path}/${clientId}`, { token: organization.token });
    assert.equal(status, 404);
  };

  it('challenge without an error when there is no token at all (P-086)', async () => {
    const answer = await server.request('GET', path);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="clientele"');
  });

  it('challenge with invalid_token when the token is no good (P-086)', async () => {
    const answer = await server.request('GET', path, { token: 'not-a-token' });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
  });

  it('take Bearer in any case, and no other scheme (P-086)', async () => {
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      const headers = { authorization: `${scheme} ${organization.token}` };
      assert.equal((await server.request('GET', path, { headers })).status, 200, scheme);
    }
    for (const scheme of ['Token', 'JWT', 'DPoP', 'Basic', 'Bearer:', 'Bearerr']) {
      const headers = { authorization: `${scheme} ${organization.token}` };
      assert.equal((await server.request('GET', path, { headers })).status, 401, scheme);
    }
  });

  it('refuse with 403 insufficient_scope what the token does not entitle to, and change nothing (P-087)', async () => {
    const weak = await createClient(server, organization.customerId, organization.token);
    const body = newClient();
    const answer = await server.request('POST', path, { token: await server.token(weak), json: [body] });
    assert.equal(answer.status, 403);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer .*error="insufficient_scope"/);
    await mustNotExist(body.clientId);
  });

  it('refuse a token in two places with 400, and do nothing (P-088)', async () => {
    const { token } = organization;
    const body = newClient();
    const twice = await server.request('POST', `${path}?access_token=${token}`, { token, json: [body] });
    assert.equal(twice.status, 400);
    await mustNotExist(body.clientId);
    const form = await server.request('POST', path, { token, form: { access_token: token } });
    assert.ok([400, 415].includes(form.status));
  });

  it('never take a token from the query or from the body (P-088)', async () => {
    const { token } = organization;
    assert.equal((await server.request('GET', `${path}?access_token=${token}`)).status, 401);
    const body = newClient();
    const inBody = await server.request('POST', path, { json: { ...body, access_token: token } });
    assert.equal(inBody.status, 401);
    const inForm = await server.request('POST', path, { form: { access_token: token } });
    assert.ok([401, 415].includes(inForm.status));
    await mustNotExist(body.clientId);
  });

  it('never take the secret of a client for a token (P-083)', async () => {
    const { clientId, secret } = organization.admin;
    assert.equal((await server.request('GET', path, { basic: [clientId, secret] })).status, 401);
    assert.equal((await server.request('GET', path, { token: secret })).status, 401);
  });
});
