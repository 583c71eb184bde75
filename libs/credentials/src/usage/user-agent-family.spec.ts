import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { userAgentFamily } from './user-agent-family.js';

const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

describe('userAgentFamily', () => {
  const families: [header: string, family: string][] = [
    ['curl/8.5.0', 'curl'],
    ['node', 'node'],
    ['Go-http-client/1.1', 'Go-http-client'],
    ['python-requests/2.31.0', 'python-requests'],
    ['Apache-HttpClient/4.5.13 (Java/17.0.2)', 'Apache-HttpClient'],
    ['my.service_v2 (build 7)', 'my.service_v2'],
    [`Mozilla/5.0 (X11; Linux x86_64) ${chrome}`, 'Chrome'],
    [`Mozilla/5.0 (Windows NT 10.0) ${chrome} Edg/126.0`, 'Edge'],
    ['Mozilla/5.0 (X11; rv:127.0) Gecko/20100101 Firefox/127.0', 'Firefox'],
    [
      'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
      'Safari',
    ],
    ['Mozilla/5.0 (compatible; something)', 'Mozilla'],
  ];
  for (const [header, family] of families) {
    it(`finds ${family} in ${header}`, () => assert.equal(userAgentFamily(header), family));
  }

  it('finds nothing in what is no product', () => {
    for (const header of ['', ' curl/8', '(comment)', '"quoted"', 'ü', `${'x'.repeat(65)}/1`, '\u0000']) {
      assert.equal(userAgentFamily(header), '', header);
    }
  });

  it('takes no longer for a long header', () => {
    const startedAt = performance.now();
    for (const unit of ['a', 'a/', ' ', 'Mozilla/5.0 ', '(']) userAgentFamily(unit.repeat(100_000));
    assert.ok(performance.now() - startedAt < 1_000);
  });
});
