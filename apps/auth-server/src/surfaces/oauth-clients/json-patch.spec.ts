import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DomainError } from '#libs/common';
import { fromJsonPatch, patched } from './json-patch.js';

const document = { name: 'old', redirectUris: ['https://client.example/'] };

function apply(...operations: unknown[]): object {
  return patched(document, fromJsonPatch(operations), ['name', 'redirectUris']);
}

describe('a JSON Patch', () => {
  it('may have members that its operation does not know, of any form (RFC 6902 §4)', () => {
    for (const from of [' ', 'name', '/nowhere', 1, null]) {
      assert.deepEqual(apply({ op: 'replace', path: '/name', value: 'new', from, more: [] }), {
        ...document,
        name: 'new',
      });
      assert.deepEqual(apply({ op: 'remove', path: '/redirectUris/0', from }), {
        ...document,
        redirectUris: [],
      });
    }
  });

  it('is refused when the source that its operation does know is none', () => {
    for (const from of [' ', 'name', '/nowhere', 1, null, undefined]) {
      for (const op of ['move', 'copy'])
        assert.throws(() => apply({ op, path: '/name', from }), DomainError, `${op} from ${from}`);
    }
  });
});
