import assert from 'node:assert/strict';
import { generateSecret } from '#libs/credentials';
import { type Answer, basicHeader, type RequestOptions } from '../../support/http-client.js';
import type { ServerProcess } from '../../support/server-process.js';

const chosenSecret = 'Zwölf Öre für ein "Geheimnis"\\ %41+/=';

/**
 * Uses the whole server as its callers do, with their mistakes, and remembers every secret and token that went over
 * the wire in either direction.
 */
export class Walk {
  /** By what they are. */
  readonly secrets = new Map<string, string>();
  private token = '';

  constructor(
    private readonly server: ServerProcess,
    private readonly operator: readonly [clientId: string, secret: string],
  ) {
    this.secrets.set('the secret of the operator', operator[1]);
  }

  async run(): Promise<void> {
    this.token = await this.tokenOf('the operator', this.operator);
    const customer = await this.expect(200, 'POST', '/oauth/customers', {
      json: { id: 'WALK', name: 'Walk', tenants: ['tenant1'] },
    });
    assert.equal(customer.id, 'WALK');
    await this.manageClients();
    await this.manageCredentials();
    await this.useTokens();
    await this.reuseTokens();
    await this.rotateKeys();
    await this.makeMistakes();
  }

  private async manageClients(): Promise<void> {
    const path = '/oauth/customers/WALK/clients';
    const generated = await this.expect(200, 'POST', path, {
      json: [clientBody('generated')],
      headers: { 'idempotency-key': 'walk-generated' },
    });
    this.secrets.set('a generated secret', generated[0].clientSecret);
    const replayed = await this.expect(200, 'POST', path, {
      json: [clientBody('generated')],
      headers: { 'idempotency-key': 'walk-generated' },
    });
    assert.equal(replayed[0].clientSecret, generated[0].clientSecret);
    await this.expect(200, 'POST', path, {
      json: [{ ...clientBody('chosen'), clientSecret: this.keep('a chosen secret', chosenSecret) }],
      headers: { 'idempotency-key': 'walk-chosen' },
    });
    const other = this.keep('a chosen secret at a replacement', 'another secret of 2');
    await this.expect(200, 'PUT', `${path}/chosen`, {
      json: { ...clientBody('chosen'), clientSecret: other },
    });
    await this.expect(200, 'GET', path);
    await this.expect(200, 'GET', `${path}/generated`);
  }

  private async manageCredentials(): Promise<void> {
    const path = '/oauth/customers/WALK/clients/generated/credentials';
    const issued = await this.expect(201, 'POST', path, { json: { name: 'second' } });
    this.secrets.set('an issued secret', issued.clientSecret);
    const rotated = await this.expect(201, 'POST', `${path}/${issued.credentialId}/rotate`, { json: {} });
    this.secrets.set('a rotated secret', rotated.clientSecret);
    await this.expect(200, 'POST', `${path}/${issued.credentialId}/revoke`);
    await this.expect(200, 'GET', path);
  }

  private async useTokens(): Promise<void> {
    const client = ['generated', this.secrets.get('a generated secret') ?? ''] as const;
    const token = await this.tokenOf('a client', client);
    const posted = await this.server.request('POST', '/oauth/token', {
      form: { grant_type: 'client_credentials', client_id: client[0], client_secret: client[1] },
    });
    this.secrets.set('a token by client_secret_post', posted.body.access_token);
    await this.tokenOf('a client with a chosen secret', [
      'chosen',
      this.secrets.get('a chosen secret at a replacement') ?? '',
    ]);
    for (const path of ['/oauth/introspect', '/oauth/checkToken', '/oauth/revoke', '/oauth/introspect'])
      await this.server.request('POST', path, { basic: client, form: { token } });
    await this.server.request('GET', `/oauth/checkToken?token=${token}`, { basic: client });
  }

  private async reuseTokens(): Promise<void> {
    await this.expect(200, 'POST', '/oauth/customers', {
      json: { id: 'REUSE', multitokenConfig: { clientCredentialsMultiTokenConfig: null } },
    });
    const [client] = await this.expect(200, 'POST', '/oauth/customers/REUSE/clients', {
      json: [clientBody('reusing')],
    });
    this.secrets.set('the secret of a reusing client', client.clientSecret);
    const first = await this.tokenOf('a reusing client', ['reusing', client.clientSecret]);
    assert.equal(await this.tokenOf('a reusing client again', ['reusing', client.clientSecret]), first);
  }

  private async rotateKeys(): Promise<void> {
    const { kid } = await this.expect(201, 'POST', '/oauth/signing-keys', { json: { alg: 'ES256' } });
    await this.expect(409, 'POST', `/oauth/signing-keys/${kid}/activate`);
    await this.expect(200, 'POST', `/oauth/signing-keys/${kid}/retire`);
  }

  /** Secrets where they do not belong, wrong ones and damaged ones: what ends up in error messages if anything does. */
  private async makeMistakes(): Promise<void> {
    const own = 'generated';
    const wrong = this.keep('a wrong secret', generateSecret());
    const typo = this.keep('a mistyped secret', `${generateSecret().slice(0, -1)}!`);
    const inUrl = this.keep('a secret in the URL', generateSecret());
    const asId = this.keep('a secret as an id', generateSecret());
    const inJson = this.keep('a secret in broken JSON', generateSecret());
    const inField = this.keep('a secret in a wrong field', generateSecret());
    const short = this.keep('a chosen secret that is too short', 'q7!Zw_x');
    const grant = 'grant_type=client_credentials';
    const token = this.secrets.get('the token of a client') ?? '';
    const damaged = this.keep('a damaged token', `${token.slice(0, -5)}AAAAA`);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const json = { 'content-type': 'application/json' };
    const clients = '/oauth/customers/WALK/clients';
    const attempts: [method: string, path: string, options: RequestOptions][] = [
      ['POST', '/oauth/token', { basic: [own, wrong], form: { grant_type: 'client_credentials' } }],
      ['POST', '/oauth/token', { basic: [own, typo], form: { grant_type: 'client_credentials' } }],
      ['POST', '/oauth/token', { basic: [asId, own], form: { grant_type: 'client_credentials' } }],
      ['POST', `/oauth/token?client_secret=${inUrl}`, { form: { grant_type: inField } }],
      ['GET', `/oauth/token?client_id=${own}&client_secret=${inUrl}`, {}],
      ['POST', '/oauth/token', { headers: form, body: `${grant}&client_secret=${wrong}&client_secret=%zz` }],
      ['POST', '/oauth/token', { headers: form, body: `${grant}&client_id=a&client_secret=${wrong}%00` }],
      ['POST', '/oauth/token', { headers: { ...form, authorization: `Basic ${wrong}` }, body: grant }],
      ['POST', '/oauth/token', { headers: { ...form, authorization: `Bearer ${token}` }, body: grant }],
      ['POST', '/oauth/token', { headers: { authorization: basicHeader(own, wrong) }, json: { inJson } }],
      ['POST', '/oauth/token', { headers: { cookie: `session=${inField}` }, form: { assertion: inField } }],
      ['GET', clients, { token: damaged }],
      ['GET', `${clients}/${asId}`, { token: this.token }],
      ['GET', `/nowhere/${inUrl}?secret=${inUrl}`, {}],
      ['POST', clients, { token: this.token, headers: json, body: `[{"clientSecret":"${inJson}",,}]` }],
      ['POST', clients, { token: this.token, headers: json, body: `{"a":"${inJson}"` }],
      ['POST', clients, { token: this.token, json: [{ ...clientBody('bad'), clientSecret: short }] }],
      ['POST', clients, { token: this.token, json: [{ ...clientBody('bad'), unknown: inField }] }],
      ['POST', clients, { token: this.token, json: [{ ...clientBody('bad'), enabled: inField }] }],
      ['POST', clients, { token: this.token, json: [{ ...clientBody(own), clientSecret: wrong }] }],
    ];
    for (const [method, path, options] of attempts) {
      const answer = await this.server.request(method, path, options);
      assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path}: ${answer.status}`);
      for (const [name, secret] of this.secrets)
        assert.ok(!answer.text.includes(secret), `${method} ${path} echoes ${name}`);
    }
  }

  private keep(name: string, secret: string): string {
    this.secrets.set(name, secret);
    return secret;
  }

  private async tokenOf(name: string, basic: readonly [string, string]): Promise<string> {
    const { body } = await this.server.request('POST', '/oauth/token', {
      basic,
      form: { grant_type: 'client_credentials' },
    });
    assert.equal(typeof body?.access_token, 'string', `${name} gets no token`);
    return this.keep(`the token of ${name}`, body.access_token);
  }

  private async expect(
    status: number,
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer['body']> {
    const answer = await this.server.request(method, path, { token: this.token, ...options });
    if (status === 200) assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    else assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.body;
  }
}

function clientBody(clientId: string): Record<string, unknown> {
  return {
    clientId,
    authorizedGrantTypes: ['client_credentials'],
    clientAuthenticationMethods: ['client_secret_basic', 'client_secret_post'],
  };
}
