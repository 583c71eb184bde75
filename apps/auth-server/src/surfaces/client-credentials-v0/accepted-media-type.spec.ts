import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptedMediaType } from './accepted-media-type.js';

describe('acceptedMediaType', () => {
  const cases: readonly (readonly [accept: string | undefined, mediaType: string])[] = [
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/plain', 'text/plain'],
    ['text/json', 'text/json'],
    ['TEXT/Plain; charset=utf-8', 'text/plain'],
    ['text/*', 'text/json'],
    ['text/plain;q=0.5, text/json;q=0.9', 'text/json'],
    ['application/json;q=0.1, text/plain;q=0.2', 'text/plain'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/json, */*', 'text/json'],
    ['text/json;q=0.5, */*;q=0.8', 'application/json'],
    ['application/json;q=0, */*', 'text/json'],
    ['text/*;q=0, */*;q=0.1', 'application/json'],
    ['text/html', 'application/json'],
    ['application/json;q=0', 'application/json'],
    ['text/plain;q=nonsense', 'text/plain'],
    ['text/plain ; q=0.3 , application/json ; q=0.2', 'text/plain'],
  ];
  for (const [accept, mediaType] of cases) {
    it(`answers ${mediaType} to "${accept}"`, () => {
      assert.equal(acceptedMediaType(accept), mediaType);
    });
  }
});
