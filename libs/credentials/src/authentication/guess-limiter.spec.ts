import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sourceOf } from './guess-limiter.js';

describe('sourceOf', () => {
  it('is the address itself for IPv4', () => {
    assert.equal(sourceOf('192.0.2.1'), '192.0.2.1');
  });

  it('is the same for every notation of one IPv4 address within IPv6', () => {
    for (const address of [
      '::ffff:192.0.2.1',
      '::FFFF:192.0.2.1',
      '::ffff:c000:201',
      '0:0:0:0:0:ffff:192.0.2.1',
    ])
      assert.equal(sourceOf(address), '192.0.2.1', address);
    assert.notEqual(sourceOf('::ffff:c000:202'), '192.0.2.1');
  });

  it('is the network of 64 bits for IPv6, in whatever notation', () => {
    for (const address of [
      '2001:db8:1:2::',
      '2001:db8:1:2:3:4:5:6',
      '2001:DB8:1:2::9',
      '2001:0db8:0001:0002::1.2.3.4',
      '2001:db8:1:2:ffff:ffff:ffff:ffff%eth0',
    ])
      assert.equal(sourceOf(address), '2001:db8:1:2', address);
    assert.equal(sourceOf('2001:db8::2'), '2001:db8:0:0');
    assert.equal(sourceOf('::1'), '0:0:0:0');
  });

  it('keeps what is no address apart', () => {
    assert.equal(sourceOf('nonsense'), 'nonsense');
  });
});
