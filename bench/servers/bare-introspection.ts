import { verify } from 'node:crypto';
import { answer, clientId, isProven, listen, readForm, secret } from './bare-http.js';
import { makeBareKey } from './bare-keys.js';
import { makeBareToken } from './bare-tokens.js';
import { writeBodies } from './introspection-bodies.js';

/*
 * The floor of introspection: reads the form, checks a SHA-256 secret, verifies the token's signature and expiry, and
 * answers its claims. No revocation, no limits, no metrics, no database.
 */

const [directory = '', count = '1'] = process.argv.slice(2);
const key = makeBareKey('ES256');
const tokens = Array.from({ length: Number(count) }, () => makeBareToken(key, clientId));

function claimsOf(token: string): object | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify(key.digest, signed, key.publicKey, Buffer.from(signature, 'base64url'))) return undefined;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
  return claims.exp > Date.now() / 1000 ? claims : undefined;
}

const bodiesFile = await writeBodies(directory, tokens, clientId, secret);
listen(
  (request, response) => {
    if (request.method === 'GET') {
      answer(response, key.jwks);
      return;
    }
    readForm(request, (form) => {
      if (!isProven(form)) {
        response.writeHead(401).end();
        return;
      }
      const claims = claimsOf(form.get('token') ?? '');
      answer(
        response,
        JSON.stringify(claims ? { active: true, token_type: 'Bearer', ...claims } : { active: false }),
      );
    });
  },
  { bodiesFile },
);
