import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClaimsTemplate, type FixedClaims } from './claims-template.js';

const usual: FixedClaims = {
  iss: 'https://auth.example.test',
  sub: 'client:00000000-0000-0000-0000-000000000000',
  aud: 'https://auth.example.test',
  client_id: 'client',
  customer: 'ORG',
  roles: { ROLE_API: [] },
  credential_id: '00000000-0000-0000-0000-000000000001',
  generation: '1.1',
};

const odd: Record<string, Partial<FixedClaims>> = {
  'nothing odd': {},
  'a scope': { scope: 'read write' },
  'several audiences': { aud: ['https://a.example', 'https://b.example'] },
  'quotes and a backslash in an id': { client_id: '"},"iat":1,"x":"\\' },
  'letters beyond ASCII': { client_id: 'ä€😀', customer: '\u2028' },
  'a label that looks like the end of the claims': { sub: '","iat":0,"exp":9999999999,"jti":"x"}' },
  'roles with tenants': { roles: { 'ROLE_"A"': ['t1', 't"2'], __proto__x: [] } },
  'no roles': { roles: {} },
  'one byte more': { customer: 'ORG1' },
  'two bytes more': { customer: 'ORG12' },
};

describe('ClaimsTemplate', () => {
  for (const [what, claims] of Object.entries(odd))
    it(`encodes what JSON.stringify would write, with ${what}`, () => {
      const fixed = { ...usual, ...claims };
      const payload = new ClaimsTemplate(fixed, 3_600).payload(1_700_000_000, 'an-id_0');
      const times = { iat: 1_700_000_000, exp: 1_700_003_600, jti: 'an-id_0' };
      const json = JSON.stringify({ ...fixed, ...times });
      assert.equal(payload, Buffer.from(json).toString('base64url'));
    });
});
