import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseForm } from './form-parser.js';

const parse = (text: string) => parseForm(Buffer.from(text));
const malformed = { status: 400, code: 'malformed_form' };
const invalidRequest = { kind: 'invalid', code: 'invalid_request' };

describe('parseForm', () => {
  it('reads what URLSearchParams writes', () => {
    const printable = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !/\p{Cc}/u.test(text));
    const pairs = fc.uniqueArray(fc.tuple(printable, printable), {
      selector: ([name]) => name,
      maxLength: 20,
    });
    fc.assert(
      fc.property(pairs, (expected) => {
        const form = parse(new URLSearchParams(expected).toString());
        for (const [name, value] of expected) assert.equal(form.single(name), value || undefined);
      }),
    );
  });

  it('decodes plus to a space and %2B to a plus', () => {
    const form = parse('scope=read+write&secret=a%2Bb%26c%3Dd&equals=a=b');
    assert.equal(form.single('scope'), 'read write');
    assert.equal(form.single('secret'), 'a+b&c=d');
    assert.equal(form.single('equals'), 'a=b');
  });

  it('takes an empty value, and a name alone, as omitted', () => {
    const form = parse('scope=&grant_type&&client_id=a');
    assert.equal(form.single('scope'), undefined);
    assert.equal(form.single('grant_type'), undefined);
    assert.equal(form.single('client_id'), 'a');
    assert.deepEqual(form.all('scope'), []);
  });

  it('refuses a known parameter sent twice, also with the same or an empty value', () => {
    for (const body of ['a=1&a=1', 'a=1&a=', 'a=&a=', 'a&a=1']) {
      assert.throws(() => parse(body).single('a'), invalidRequest);
      assert.throws(() => parse(body).mustNotRepeat(['grant_type', 'a']), invalidRequest);
    }
  });

  it('lets unknown parameters repeat, and those read as a list', () => {
    const form = parse('x=1&x=2&resource=a&resource=&resource=b&client_id=c');
    form.mustNotRepeat(['client_id', 'scope']);
    assert.equal(form.single('client_id'), 'c');
    assert.deepEqual(form.all('resource'), ['a', 'b']);
  });

  it('knows no brackets and no prototypes', () => {
    const form = parse('scope[]=a&client_id[$ne]=x&__proto__[x]=1&__proto__=2&constructor=3');
    assert.equal(form.single('scope'), undefined);
    assert.equal(form.single('client_id'), undefined);
    assert.equal(form.single('__proto__'), '2');
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });

  it('refuses invalid percent-encoding and invalid or overlong UTF-8', () => {
    for (const value of ['%ZZ', '%', 'a%2', '%ff%fe', '%c0%af', '%ed%a0%80']) {
      assert.throws(() => parse(`client_secret=${value}`), malformed, value);
      assert.throws(() => parse(`${value}=x`), malformed, value);
    }
    assert.throws(() => parseForm(Buffer.from([0x61, 0x3d, 0xff])), malformed);
  });

  it('refuses control characters, encoded or not', () => {
    for (const value of ['%00', '%0d%0a', '\n', '\0', '%7f', 'a%1fb']) {
      assert.throws(() => parse(`scope=${value}`), malformed, JSON.stringify(value));
    }
  });

  it('limits the number of parameters and the lengths of names and values', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join('&');
    parse(many(100));
    assert.throws(() => parse(many(101)), malformed);
    parse(`${'n'.repeat(128)}=1`);
    assert.throws(() => parse(`${'n'.repeat(129)}=1`), malformed);
    assert.equal(parse(`scope=${'s'.repeat(20)}`).single('scope', 20)?.length, 20);
    assert.throws(() => parse(`scope=${'s'.repeat(21)}`).single('scope', 20), invalidRequest);
  });

  it('never throws anything but its own refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseForm(Buffer.from(bytes));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'malformed_form');
        }
      }),
      { numRuns: 500 },
    );
  });
});
