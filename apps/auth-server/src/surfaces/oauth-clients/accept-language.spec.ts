import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseLocale } from './accept-language.js';

describe('chooseLocale', () => {
  const cases: readonly [header: string | undefined, locale: string, origin: string][] = [
    [undefined, 'en-US', 'DEFAULT'],
    ['', 'en-US', 'DEFAULT'],
    ['*', 'en-US', 'DEFAULT'],
    ['fr', 'en-US', 'DEFAULT'],
    ['en', 'en-US', 'REQUEST'],
    ['en-US', 'en-US', 'REQUEST'],
    ['en-GB', 'en-US', 'REQUEST'],
    ['de', 'de-DE', 'REQUEST'],
    ['DE-de', 'de-DE', 'REQUEST'],
    ['de-Latn-DE-1996', 'de-DE', 'REQUEST'],
    ['de-x-private', 'de-DE', 'REQUEST'],
    ['deu', 'en-US', 'DEFAULT'],
    ['en;q=0.4, de;q=0.5', 'de-DE', 'REQUEST'],
    ['de, en', 'de-DE', 'REQUEST'],
    ['fr, en;q=0.9, de;q=0.8', 'en-US', 'REQUEST'],
    ['de;q=0', 'en-US', 'DEFAULT'],
    ['de;q=2', 'en-US', 'DEFAULT'],
    ['de;q=0.1234', 'en-US', 'DEFAULT'],
    [`de, ${'x'.repeat(1_000)}`, 'en-US', 'DEFAULT'],
  ];
  for (const [header, locale, localeOrigin] of cases) {
    it(`answers ${locale} (${localeOrigin}) for ${header?.slice(0, 40)}`, () => {
      assert.deepEqual(chooseLocale(header), { locale, localeOrigin });
    });
  }
});
