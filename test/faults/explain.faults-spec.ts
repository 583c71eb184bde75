import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareExplainWithTokens } from '../credentials/support/explain-differential.js';

describe('POST …/clients/{clientId}/explain', () => {
  it('agrees with the token endpoint on 10,000 requests of every kind', async (context) => {
    const outcomes = await compareExplainWithTokens(10_000, 3, 4);
    context.diagnostic(JSON.stringify(Object.fromEntries([...outcomes].sort(([, a], [, b]) => b - a))));
    const rules = [
      'issued',
      'guess_limit',
      'authentication_method',
      'secret',
      'credential_lifetime',
      'client_enabled',
      'organization_enabled',
      'organization_networks',
      'client_networks',
      'credential_networks',
      'grant_type_given',
      'grant_type_supported',
      'grant_type_registered',
      'scope',
      'resource',
      'active_tokens',
      'token_quotas',
    ];
    for (const rule of rules) assert.ok(outcomes.has(rule), `nothing came out as ${rule}`);
  });
});
