import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMultipart } from './multipart-parser.js';

const parse = (body: string | Buffer, boundary = 'B') =>
  parseMultipart(Buffer.from(body as string), `multipart/form-data; boundary=${boundary}`);
const part = (disposition: string, value: string, more = '') =>
  `--B\r\nContent-Disposition: ${disposition}\r\n${more}\r\n${value}\r\n`;
const field = (name: string, value: string) => part(`form-data; name="${name}"`, value);
const end = '--B--\r\n';

describe('parseMultipart', () => {
  it('reads fields in order, with the same one twice', async () => {
    const form = await parse(field('a', '1') + field('b', '2') + field('a', '3') + end);
    assert.deepEqual([...form.names()], ['a', 'b']);
    assert.deepEqual(form.all('a'), ['1', '3']);
    assert.throws(() => form.single('a'), /must not be repeated/);
  });

  it('reads UTF-8, empty values, and names that every object inherits', async () => {
    const form = await parse(field('ä', 'ö€🜚') + field('empty', '') + field('__proto__', 'x') + end);
    assert.deepEqual(
      [form.single('ä'), form.single('empty'), form.single('__proto__')],
      ['ö€🜚', undefined, 'x'],
    );
  });

  it('passes over what stands before the first boundary and behind the last (RFC 2046 §5.1.1)', async () => {
    const form = await parse(`preamble\r\n${field('a', '1')}${end}epilogue`);
    assert.equal(form.single('a'), '1');
  });

  it('reads no field where there is none', async () => {
    assert.deepEqual([...(await parse(end)).names()], []);
  });

  const refused: readonly (readonly [what: string, body: string | Buffer])[] = [
    ['nothing', ''],
    ['another boundary', field('a', '1').replaceAll('--B', '--C')],
    ['an end in the middle of a part', `--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nabc`],
    ['an end in the middle of the last boundary', `${field('a', '1')}--B-`],
    ['bare line feeds', `${field('a', '1')}${end}`.replaceAll('\r\n', '\n')],
    ['a file', part('form-data; name="a"; filename="f"', 'x') + end],
    ['a file without a name', part('form-data; name="a"; filename=""', '') + end],
    ['binary data', part('form-data; name="a"', 'x', 'Content-Type: application/octet-stream\r\n') + end],
    [
      'a nested body',
      part('form-data; name="a"', 'x', 'Content-Type: multipart/mixed; boundary=C\r\n') + end,
    ],
    ['a nameless part', part('form-data', 'x') + end],
    ['101 fields', field('a', '1').repeat(101) + end],
    ['a name of 129 characters', field('n'.repeat(129), '1') + end],
    ['a tab in a value', field('a', 'x\ty') + end],
    ['bytes that are no UTF-8', Buffer.from(`${field('a', '\xff')}${end}`, 'latin1')],
  ];
  for (const [what, body] of refused) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(parse(body), { name: 'HttpProblem', status: 400, code: 'malformed_form' });
    });
  }

  it('refuses a media type without a usable boundary', async () => {
    await assert.rejects(parseMultipart(Buffer.from(end), 'multipart/form-data'), { status: 400 });
    await assert.rejects(parse(end, 'b'.repeat(500)), { status: 400 });
  });
});
