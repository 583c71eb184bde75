import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFacts, redacted } from './redaction.js';

describe('redacted', () => {
  it('hides whatever is called a secret, at any depth', () => {
    const hidden = JSON.stringify(
      redacted({
        authorization: 'topsecret',
        req: { headers: { Cookie: 'topsecret', 'x-api-key': 'topsecret' } },
        client_secret: 'topsecret',
        list: [{ accessToken: 'topsecret', newPassword: 'topsecret' }],
        clientAssertion: 'topsecret',
        clientId: 'visible',
      }),
    );
    assert.doesNotMatch(hidden, /topsecret/);
    assert.match(hidden, /visible/);
  });

  it('survives what refers to itself', () => {
    const entry: Record<string, unknown> = {};
    entry['self'] = entry;
    assert.doesNotThrow(() => JSON.stringify(redacted(entry)));
  });
});

describe('errorFacts', () => {
  it('keeps neither the message nor the parameters of a failed statement', () => {
    const driverError = Object.assign(new Error('invalid input "topsecret"'), {
      severity: 'ERROR',
      code: '22P02',
      detail: 'topsecret',
      table: 'client',
    });
    const error = Object.assign(new Error('invalid input "topsecret"'), {
      driverError,
      parameters: ['topsecret'],
      query: 'select $1',
    });
    const facts = JSON.stringify(errorFacts(error));
    assert.doesNotMatch(facts, /topsecret|select/);
    assert.match(facts, /SQLSTATE 22P02, table client/);
  });
});
