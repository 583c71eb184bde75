import type { Answer } from '../../../support/http-client.js';
import type { TestClient, TestServer } from '../../../support/server.js';

export const tokenPath = '/api/v0/oauth/token';
export const boundary = 'the-boundary';
/** The header of a multipart body as `sendMultipart` makes it. */
export const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` };
export const lastBoundary = `--${boundary}--\r\n`;

/** The fields of a form in order; one of them may stand there twice. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** The fields of a request that gets a token. */
export const fieldsOf = ({ clientId, secret }: TestClient): Fields => [
  ['GrantType', 'client_credentials'],
  ['ClientId', clientId],
  ['ClientSecret', secret],
];

/** The fields with the one of that name changed. */
export function changed(fields: Fields, name: string, value: string): Fields {
  return fields.map(([each, before]) => [each, each === name ? value : before]);
}

export function sendUrlencoded(server: TestServer, fields: Fields): Promise<Answer> {
  const pairs = fields.map(([name, value]) => [name, value] as [string, string]);
  return server.request('POST', tokenPath, { form: new URLSearchParams(pairs) });
}

export function part(disposition: string, value: string, more = ''): string {
  return `--${boundary}\r\nContent-Disposition: ${disposition}\r\n${more}\r\n${value}\r\n`;
}

export function field(name: string, value: string, more = ''): string {
  return part(`form-data; name="${name}"`, value, more);
}

export function asParts(fields: Fields): string[] {
  return fields.map(([name, value]) => field(name, value));
}

export function sendMultipart(server: TestServer, ...parts: readonly string[]): Promise<Answer> {
  const body = parts.join('') + lastBoundary;
  return server.request('POST', tokenPath, { headers: multipart, body });
}
