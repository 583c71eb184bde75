import { answer, clientId, isProven, listen, readForm, secret } from './bare-http.js';
import { makeBareKey } from './bare-keys.js';
import { makeBareToken } from './bare-tokens.js';

/*
 * The floor: what a token costs with node:http and nothing else. It reads the form, checks a SHA-256 secret, signs a
 * JWT with the same claims as ours, and answers. No routing, no limits, no revocation, no metrics, no database.
 */

const [alg = 'ES256', pem] = process.argv.slice(2);
const key = makeBareKey(alg, pem);

listen(
  (request, response) => {
    if (request.method === 'GET') {
      answer(response, key.jwks);
      return;
    }
    readForm(request, (form) => {
      if (!isProven(form) || form.get('grant_type') !== 'client_credentials') {
        response.writeHead(401).end();
        return;
      }
      const token = makeBareToken(key, clientId);
      answer(response, JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }));
    });
  },
  { clientId, secret },
);
