import type { AddressInfo } from 'node:net';
import { createApplication } from '#app/application';
import { compose } from '#app/composition';
import { Principal } from '#libs/access';
import type { ClientDraft } from '#libs/clients';
import { ClientRegistration } from '#libs/credentials';
import { startEmbeddedPostgres } from '#libs/database/embedded';
import { OrganizationsService } from '#libs/organizations';
import { benchSettings } from '../settings.js';

/* Our server as it is run: real PostgreSQL, all guards, limits, metrics and the access log at its usual level. */

const [clientId = '', secret, dataDir = ''] = process.argv.slice(2);
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
    settings: {},
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
  .register(caller, organization, [{ draft, path: '', secret: secret === 'generated' ? undefined : secret }]);
await app.listen(0, '127.0.0.1');
process.send?.({ port: (app.getHttpServer().address() as AddressInfo).port, secret: registered?.secret });

process.on('disconnect', async () => {
  await app.close();
  await composition.close();
  await postgres.stop();
  process.exit(0);
});
