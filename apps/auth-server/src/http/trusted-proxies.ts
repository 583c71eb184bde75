import { BlockList, isIPv6 } from 'node:net';

/**
 * Makes the test for whether an address is one of the proxies whose `X-Forwarded-*` headers are believed.
 *
 * @param proxies addresses and networks: `10.0.0.0/8`
 */
export function trustedProxies(proxies: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => address !== undefined && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
