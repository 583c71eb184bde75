import { randomBytes, sign } from 'node:crypto';
import type { BareKey } from './bare-keys.js';

/** A token with the claims of ours. */
export function makeBareToken({ header, digest, privateKey }: BareKey, clientId: string): string {
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
  return `${signed}.${sign(digest, Buffer.from(signed), privateKey).toString('base64url')}`;
}
