import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { transformFile } from '@swc/core';
import { generate } from 'openapi-typescript-codegen';
import { createOrganization, type TestOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';

/** What the generator makes of the operations of the surface. */
interface GeneratedClient {
  readonly OpenAPI: { BASE: string; TOKEN: string };
  readonly ApiError: new () => Error & { status: number; body: { detailCode: string } };
  readonly OAuthClientsService: {
    oAuthClientsCreate(options: { requestBody: object }): Promise<{ id: string; secret: string }>;
    oAuthClientsList(options: object): Promise<{ id: string; secret: null }[]>;
    oAuthClientsGet(options: { id: string }): Promise<{ id: string; name: string }>;
    oAuthClientsDelete(options: { id: string }): Promise<void>;
  };
}

const body = {
  name: 'Generated',
  description: 'Made by generated code',
  accessTokenValiditySeconds: 300,
  grantTypes: ['CLIENT_CREDENTIALS'],
  accessType: 'ONLINE',
  enabled: true,
};

describe('a client generated from the OpenAPI document of /oauth-clients', () => {
  let server: TestServer;
  let organization: TestOrganization;
  let directory: string;
  let client: GeneratedClient;
  before(async () => {
    server = await startServer();
    organization = await createOrganization(server);
    directory = await mkdtemp(join(tmpdir(), 'clientele-generated-'));
    const { body: document } = await server.request('GET', '/openapi/oauth-clients.json');
    client = await generateClient(document, directory);
    client.OpenAPI.BASE = server.url;
    client.OpenAPI.TOKEN = organization.token;
  });
  after(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('creates, lists, reads and deletes', async () => {
    const { OAuthClientsService } = client;
    const { id, secret } = await OAuthClientsService.oAuthClientsCreate({ requestBody: body });
    await server.token({ clientId: id, secret });
    const listed = await OAuthClientsService.oAuthClientsList({});
    assert.equal(listed.find((each) => each.id === id)?.secret, null);
    assert.equal((await OAuthClientsService.oAuthClientsGet({ id })).name, 'Generated');
    await OAuthClientsService.oAuthClientsDelete({ id });
    await assert.rejects(OAuthClientsService.oAuthClientsGet({ id }), { status: 404 });
  });

  it('gets the documented error for a bad body', async () => {
    const creating = client.OAuthClientsService.oAuthClientsCreate({ requestBody: { ...body, name: '' } });
    await assert.rejects(creating, (error: Error & { status: number; body: { detailCode: string } }) => {
      assert.ok(error instanceof client.ApiError);
      assert.equal(error.body.detailCode, '400.1 Bad Request Content');
      return error.status === 400;
    });
  });
});

/** Generates TypeScript of the document, compiles it, and loads it. */
async function generateClient(
  document: Record<string, unknown>,
  directory: string,
): Promise<GeneratedClient> {
  const sources = join(directory, 'source');
  const output = join(directory, 'compiled');
  await generate({ input: document, output: sources, httpClient: 'fetch', useOptions: true });
  for (const name of await readdir(sources, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const { code } = await transformFile(join(sources, name), {
      swcrc: false,
      module: { type: 'commonjs' },
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    });
    const target = join(output, name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, code);
  }
  await writeFile(join(output, 'package.json'), '{ "type": "commonjs" }');
  return createRequire(import.meta.url)(join(output, 'index.js')) as GeneratedClient;
}
