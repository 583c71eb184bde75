import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createApplication } from '#app/application';
import { compose } from '#app/composition';
import { Principal } from '#libs/access';
import type { ClientDraft } from '#libs/clients';
import { ClientRegistration, ClientRegistry } from '#libs/credentials';
import { startEmbeddedPostgres } from '#libs/database/embedded';
import { OrganizationsService } from '#libs/organizations';
import { TokenIssuer } from '#libs/tokens';
import { benchSettings } from '../settings.js';
import { writeBodies } from './introspection-bodies.js';

/* Our server as it is run: real PostgreSQL, all guards, limits, metrics and the access log at its usual level. */

const clientId = 'bench-client';
const [directory = '', alg = 'ES256', tokenCount = '0', secretKind = 'generated', quota] =
  process.argv.slice(2);
const chosenSecret = 'a secret that somebody chose';
const dataDir = join(directory, 'data');
const postgres = await startEmbeddedPostgres({ dataDir });
const settings = benchSettings(dataDir);
const composition = await compose(settings, postgres.adminUrl);
const app = await createApplication(composition.module, settings);
await app.init();
await composition.bootstrap(app);

const caller = Principal.system('bench');
const organization = await app.get(OrganizationsService, { strict: false }).create(
  caller,
  {
    customerId: 'BENCH',
    name: 'Bench',
    description: null,
    enabled: true,
    settings: {
      accessTokenSigningAlg: alg,
      ...(quota !== undefined && { tokenQuota: { tokens: 1, seconds: 86_400 } }),
    },
    jwtVersion: null,
    tokenReuse: 'fresh',
    maxActiveTokens: null,
  },
  [],
);
const draft: ClientDraft = {
  clientId,
  name: null,
  description: null,
  email: null,
  enabled: true,
  grantTypes: ['client_credentials'],
  authenticationMethods: ['client_secret_post'],
  roles: {},
  defaultRolesAssignment: true,
  scopes: [],
  authorities: [],
  audiences: [],
  redirectUris: [],
  accessTokenTtlSeconds: null,
  refreshTokenTtlSeconds: null,
  attributes: {},
};
const [registered] = await app
  .get(ClientRegistration, { strict: false })
  .register(caller, organization, [
    { draft, path: '', secret: secretKind === 'chosen' ? chosenSecret : undefined },
  ]);
const secret = registered?.secret ?? '';
const bodiesFile = await writeBodies(directory, await issueTokens(Number(tokenCount)), clientId, secret);
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address() as AddressInfo;
process.send?.({ port, clientId, secret, bodiesFile });

/** Tokens of the client for the introspection; none when none are wanted. */
async function issueTokens(count: number): Promise<string[]> {
  const client = await app.get(ClientRegistry, { strict: false }).find(clientId);
  const [credential] = client?.credentials ?? [];
  if (!client || !credential) throw new Error('The client of the benchmark is missing.');
  const issuer = app.get(TokenIssuer, { strict: false });
  const tokens: string[] = [];
  for (let number = 0; number < count; number++) {
    const { accessToken } = await issuer.issue({ client, credential, scopes: [], audiences: [] });
    tokens.push(accessToken);
  }
  return tokens;
}

process.on('disconnect', async () => {
  await app.close();
  await composition.close();
  await postgres.stop();
  process.exit(0);
});
