import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutSecrets } from './repeatable.interceptor.js';

describe('withoutSecrets', () => {
  it('drops the secret of an object, and of each element of an array', () => {
    const client = { clientId: 'a', clientSecret: 'cls_x', enabled: true };
    const kept = { clientId: 'a', enabled: true };
    assert.equal(JSON.stringify(withoutSecrets(client)), JSON.stringify(kept));
    assert.deepEqual(withoutSecrets([client, client]), [kept, kept]);
    assert.deepEqual(withoutSecrets({ status: 'success' }), { status: 'success' });
  });
});
