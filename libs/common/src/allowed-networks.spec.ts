import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NetworkSet, normalizeNetwork } from './allowed-networks.js';

describe('normalizeNetwork', () => {
  it('writes each address and network in its one spelling', () => {
    const spellings = {
      '192.0.2.7': '192.0.2.7',
      '192.0.2.7/32': '192.0.2.7',
      '10.0.0.0/8': '10.0.0.0/8',
      '0.0.0.0/0': '0.0.0.0/0',
      '2001:DB8:0:0::/32': '2001:db8::/32',
      '2001:db8::1/128': '2001:db8::1',
      '::/0': '::/0',
      '::ffff:192.0.2.7': '192.0.2.7',
      '::ffff:c000:0207': '192.0.2.7',
      '::ffff:10.0.0.0/104': '10.0.0.0/8',
      '0:0:0:0:0:ffff:0:0/96': '0.0.0.0/0',
    };
    for (const [text, normalized] of Object.entries(spellings))
      assert.equal(normalizeNetwork(text), normalized, text);
  });

  it('refuses bits beyond the prefix, and whatever is no address', () => {
    const wrong = [
      '10.0.0.1/8',
      '2001:db8::1/32',
      '::ffff:10.0.0.1/104',
      '::ffff:0:0/95',
      '10.0.0.0/33',
      '::/129',
    ];
    const none = [
      '',
      '/8',
      '10.0.0.0/',
      '10.0.0.0/08',
      '10.0.0.0/-1',
      '10.0.0',
      '010.0.0.1',
      '0x7f.1',
      'fe80::1%eth0',
    ];
    const more = [
      'localhost',
      '10.0.0.0/8/8',
      ' 10.0.0.1',
      '10.0.0.1\n',
      '1::2::3',
      '10.0.0.0/255.0.0.0',
      '*',
    ];
    for (const text of [...wrong, ...none, ...more]) assert.equal(normalizeNetwork(text), undefined, text);
  });
});

describe('a set of networks', () => {
  it('includes IPv4 mapped into IPv6 as IPv4, and knows no other relation between the two', () => {
    assert.equal(new NetworkSet(['192.0.2.0/24']).includes('::ffff:192.0.2.7'), true);
    assert.equal(new NetworkSet(['192.0.2.0/24']).includes('::ffff:c000:207'), true);
    assert.equal(new NetworkSet(['::/0']).includes('192.0.2.7'), false);
    assert.equal(new NetworkSet(['0.0.0.0/0']).includes('2001:db8::1'), false);
  });

  it('includes nothing that cannot be read, and everything of the widest networks', () => {
    const all = new NetworkSet(['0.0.0.0/0', '::/0']);
    for (const address of ['nonsense', '', '1.2.3', 'unknown', '1.2.3.4:80'])
      assert.equal(all.includes(address), false);
    for (const address of ['0.0.0.0', '255.255.255.255', '::', 'fe80::1%eth0'])
      assert.ok(all.includes(address));
  });

  it('agrees with the block list of Node on every address', () => {
    const ipv4 = fc.ipV4();
    const network = fc.oneof(
      fc.tuple(ipv4, fc.nat(32)).map(([address, prefix]) => `${address}/${prefix}`),
      fc.tuple(fc.ipV6(), fc.nat(128)).map(([address, prefix]) => `${address}/${prefix}`),
    );
    const near = fc.tuple(fc.nat(3), fc.nat(3)).map(([a, b]) => `10.0.${a}.${b}`);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(network, fc.constantFrom('10.0.0.0/23', '10.0.2.2/31', '10.0.3.3/32')), {
          maxLength: 20,
        }),
        fc.oneof(ipv4, fc.ipV6(), near),
        (texts, address) => {
          const networks = texts.flatMap((text) => normalizeNetwork(text) ?? []);
          // Node takes IPv4 as a part of IPv6, which is ours not to do.
          const same = networks.filter((one) => isIPv6(one.split('/')[0] ?? '') === isIPv6(address));
          fc.pre(!address.toLowerCase().includes('::ffff:'));
          const list = new BlockList();
          for (const one of same) {
            const [base = '', prefix = isIPv6(one) ? '128' : '32'] = one.split('/');
            list.addSubnet(base, Number(prefix), isIPv6(base) ? 'ipv6' : 'ipv4');
          }
          const expected = list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
          assert.equal(new NetworkSet(networks).includes(address), expected, `${networks} ${address}`);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
