import assert from 'node:assert/strict';
import type { Answer } from '../../support/http-client.js';
import { assertShape } from '../../support/surfaces.js';

/** How a surface is asked for each kind of error, and in which words it answers. */
export interface ErrorCase {
  readonly name: string;
  readonly basePath: string;
  readonly create: string;
  readonly valid: object;
  /** The body with one field that breaks its rule, and that field's name. */
  readonly invalid: readonly [body: object, field: string];
  /** A body that lacks what is required; none where nothing is. */
  readonly incomplete: readonly [body: object, field: string] | undefined;
  /** A request about one thing, by its id. */
  readonly byId: (id: string) => readonly [method: string, path: string];
  readonly unknownId: string;
  /** The id of what `create` made, in its answer. */
  readonly idOf: (body: Answer['body']) => string;
  /** Asserts the surface's own shape. */
  readonly assertError: (answer: Answer, status: number) => void;
}

const text = 'text';

/** The five surfaces; the native one within the customer given. */
export function errorCases(customerId: string): ErrorCase[] {
  return [
    {
      name: 'customers',
      basePath: `/oauth/customers/${customerId}`,
      create: `/oauth/customers/${customerId}/tenants`,
      valid: { tenantId: 'a-tenant' },
      invalid: [{ tenantId: 5 }, 'tenantId'],
      incomplete: [{}, 'tenantId'],
      byId: (id) => ['DELETE', `/oauth/customers/${customerId}/tenants/${id}`],
      unknownId: 'unknown',
      idOf: (body) => body.tenantId ?? body.id,
      assertError({ body }, status) {
        assertShape(body, { severity: text, errorMessage: text, errorCode: 1, errorDetailMessage: text });
        assert.equal(body.errorCode, status);
      },
    },
    {
      name: 'oauth-clients',
      basePath: '/oauth-clients',
      create: '/oauth-clients',
      valid: oauthClient,
      invalid: [{ ...oauthClient, enabled: 'yes' }, 'enabled'],
      incomplete: [{ ...oauthClient, name: undefined }, 'name'],
      byId: (id) => ['GET', `/oauth-clients/${id}`],
      unknownId: '0123456789abcdef0123456789abcdef',
      idOf: (body) => body.id,
      assertError: assertOauthClientsError,
    },
    {
      name: 'setup-clients',
      basePath: '/v2/modules/oauthv2/setups',
      create: '/v2/modules/oauthv2/setups',
      valid: { name: 'a setup' },
      invalid: [{ name: ['a setup'] }, 'name'],
      incomplete: [{}, 'name'],
      byId: (id) => ['GET', `/v2/modules/oauthv2/setups/${id}`],
      unknownId: '0123456789abcdef0123456789abcdef',
      idOf: (body) => body.setupId,
      assertError: ({ body }) => assertShape(body, { errorCode: text, errorText: text }),
    },
    {
      name: 'platform-clientauth',
      basePath: '/platform/clientauth',
      create: '/platform/clientauth/credentials',
      valid: { name: 'a credential' },
      invalid: [{ name: 5 }, 'name'],
      incomplete: [{}, 'name'],
      byId: (id) => ['POST', `/platform/clientauth/credentials/${id}/revoke`],
      unknownId: '00000000-0000-4000-8000-000000000000',
      idOf: (body) => body.credential.id,
      assertError({ body }, status) {
        assertShape(body, { code: 1, details: text, error: text });
        assert.equal(body.code, status);
      },
    },
    {
      name: 'client-credentials-v0',
      basePath: '/api/v0',
      create: '/api/v0/client-credentials',
      valid: { name: 'credentials' },
      invalid: [{ expires: 'tomorrow' }, 'expires'],
      incomplete: undefined,
      byId: (id) => ['DELETE', `/api/v0/client-credentials/${id}`],
      unknownId: '0123456789abcdef0123456789abcdef',
      idOf: (body) => body.clientId,
      assertError({ body, headers }, status) {
        const { errors: _, ...rest } = body;
        assertShape(rest, { type: text, title: text, status: 1, traceId: text });
        assert.equal(body.status, status);
        assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
      },
    },
  ];
}

const oauthClient = {
  name: 'A client',
  description: 'Of a test',
  accessTokenValiditySeconds: 600,
  grantTypes: ['CLIENT_CREDENTIALS'],
  accessType: 'ONLINE',
  enabled: true,
};

/** 401 and 429 have shapes of their own in the document. */
function assertOauthClientsError({ body }: Answer, status: number): void {
  if (status === 401 || status === 429) {
    assertShape(body, status === 401 ? { error: text } : { message: text });
    return;
  }
  const { causes: _, ...rest } = body;
  assertShape(rest, { detailCode: text, trackingId: text, messages: [] });
  assert.match(body.detailCode, new RegExp(`^${status}`));
  assert.match(body.trackingId, /^[0-9a-f]{32}$/);
  for (const message of body.messages) assertShape(message, { locale: text, localeOrigin: text, text });
}
