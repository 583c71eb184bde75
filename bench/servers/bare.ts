import { createHash, generateKeyPairSync, randomBytes, sign, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/*
 * The floor: what a token costs with node:http and nothing else. It reads the form, checks a SHA-256 secret, signs an
 * ES256 JWT with the same claims as ours, and answers. No routing, no limits, no revocation, no metrics, no database.
 */

const [clientId = '', secret = ''] = process.argv.slice(2);
const expected = createHash('sha256').update(secret).digest();
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'bare' })).toString(
  'base64url',
);

function handle(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const presented = createHash('sha256')
      .update(form.get('client_secret') ?? '')
      .digest();
    const isKnown = form.get('client_id') === clientId && timingSafeEqual(presented, expected);
    if (!isKnown || form.get('grant_type') !== 'client_credentials') {
      response.writeHead(401).end();
      return;
    }
    const body = JSON.stringify({ access_token: makeToken(), token_type: 'Bearer', expires_in: 3600 });
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
}

function makeToken(): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'http://localhost:3000',
    sub: 'client:00000000-0000-0000-0000-000000000000',
    aud: 'http://localhost:3000',
    client_id: clientId,
    iat,
    exp: iat + 3600,
    jti: randomBytes(20).toString('base64url'),
    customer: 'BENCH',
    roles: { ROLE_API: [] },
    credential_id: '00000000-0000-0000-0000-000000000000',
    generation: '1.1',
  };
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

const server = createServer(handle).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.send?.({ port });
});
process.on('disconnect', () => process.exit(0));
