import { generateKeyPairSync } from 'node:crypto';
import { compare, hash } from 'bcrypt';
import Provider from 'oidc-provider';
import { clientId, listen, secret } from './bare-http.js';

/*
 * node-oidc-provider with client_credentials and JWT access tokens (ES256), everything in its memory. With the argument
 * `bcrypt` it has of a secret only its hash, and compares with every request.
 */

const bcryptCost = 10;
const issuer = 'http://localhost:3000';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'peer', alg: 'ES256', use: 'sig' }] },
  routes: { token: '/oauth/token', jwks: '/.well-known/jwks.json' },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => issuer,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: '',
        audience: issuer,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});

if (process.argv[2] === 'bcrypt') {
  const stored = await hash(secret, bcryptCost);
  provider.Client.prototype.compareClientSecret = (actual) => compare(actual, stored);
}
listen(provider.callback(), { clientId, secret });
