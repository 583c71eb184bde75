import { createHash } from 'node:crypto';
import { listen } from './bare-http.js';
import { makeBareKey } from './bare-keys.js';

/* The floor of the key set: a constant with its entity tag, as long as ours, which has four keys. */

const keys = ['ES256', 'RS256', 'PS256', 'EdDSA'].flatMap((alg) => JSON.parse(makeBareKey(alg).jwks).keys);
const body = JSON.stringify({ keys });
const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
const headers = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=300',
  'content-length': Buffer.byteLength(body),
  etag,
};

listen((request, response) => {
  const known = request.headers['if-none-match'];
  if (known === etag || known === '*')
    response.writeHead(304, { 'cache-control': headers['cache-control'], etag }).end();
  else response.writeHead(200, headers).end(body);
});
