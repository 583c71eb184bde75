const bearerPattern = /^bearer +(\S+)$/i;

/**
 * Says what is wrong with a token that was refused, by nothing but what its sender can read in it himself: nobody
 * learns from it which tokens or clients there are.
 */
export function jwtFault(authorization: string | undefined, nowSeconds: number): string {
  const token = bearerPattern.exec(authorization ?? '')?.[1];
  if (token === undefined) return 'JWT is missing';
  const parts = token.split('.');
  const claims = parts.length === 3 ? parseClaims(parts[1] as string) : undefined;
  if (!claims) return 'JWT is malformed';
  const { exp } = claims;
  return typeof exp === 'number' && exp <= nowSeconds ? 'JWT is expired' : 'JWT is invalid or revoked';
}

function parseClaims(part: string): { exp?: unknown } | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}
