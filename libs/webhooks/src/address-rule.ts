import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { invalid, Settings } from '#libs/common';

/** The address is one that no webhook may reach. */
class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'ADDRESS_REFUSED';
}

/** Not global by the registries of special-purpose addresses (RFC 6890), or multicast. */
const closedIpv4 = networksOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
const globalIpv6 = networksOf(['2000::/3']);
/** Within the global ones: protocol assignments with Teredo, documentation, and 6to4, which hides an IPv4 address. */
const closedIpv6 = networksOf(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** Decides which addresses deliveries may go to, so that nobody reaches the operator's own network through them. */
@Injectable()
export class AddressRule {
  private readonly opened: BlockList;

  constructor(@Inject(Settings) private readonly settings: Settings) {
    this.opened = networksOf(settings.webhookAllowedNetworks);
  }

  /** What is wrong with the URL of an endpoint, as far as it can be told without resolving its name. */
  complaint(text: string): string | undefined {
    if (!URL.canParse(text)) return 'must be an absolute URL';
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(this.settings.webhookAllowHttp && url.protocol === 'http:')) {
      return `must begin with https://${this.settings.webhookAllowHttp ? ' or http://' : ''}`;
    }
    if (url.username || url.password) return 'must not contain a user name or password';
    if (url.hash) return 'must not have a fragment';
    const address = literalOf(url.hostname);
    if (address !== undefined && !this.mayReach(address))
      return 'must not lead to a private or special address';
    return undefined;
  }

  /** @throws DomainError `invalid` when the URL breaks the rule, or its name has no address that may be reached now */
  async mustBeReachable(text: string): Promise<void> {
    const refuse = (message: string) =>
      invalid('The URL of the webhook is not allowed.', [{ path: 'url', message }]);
    const complaint = this.complaint(text);
    if (complaint) throw refuse(complaint);
    const { hostname } = new URL(text);
    if (literalOf(hostname) !== undefined) return;
    await new Promise<void>((done, fail) => {
      this.lookup(hostname, { all: true }, (error) => {
        // A name that is not known yet, or for the moment, does no harm: it is looked up at each delivery.
        if (error instanceof AddressRefused) fail(refuse('must not lead to a private or special address'));
        else done();
      });
    });
  }

  /**
   * Resolves a name for a connection, and gives only addresses that may be reached: what is checked is what is
   * connected to, so that a name can't change in between. Literal addresses never come here; see `complaint`.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses = found.filter(({ address }) => this.mayReach(address));
      const [first] = addresses;
      if (!first)
        return callback(new AddressRefused('The name leads to no address that may be reached.'), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };

  /** @param address an IP address as it is written by a resolver or the URL parser */
  mayReach(address: string): boolean {
    const embedded = embeddedIpv4(address);
    if (embedded !== undefined) return this.mayReach(embedded);
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (this.opened.check(address, family)) return true;
    if (family === 'ipv4') return !closedIpv4.check(address, family);
    return globalIpv6.check(address, family) && !closedIpv6.check(address, family);
  }
}

/** The IP address that stands in a URL, without brackets; the URL parser has put other spellings in their usual form. */
function literalOf(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
}

/** The IPv4 address within an IPv4-mapped one or one of NAT64 (RFC 4291 §2.5.5.2, RFC 6052 §2.1). */
function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const normal = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const match = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(normal);
  if (!match) return undefined;
  const [high, low] = [Number.parseInt(match[1] as string, 16), Number.parseInt(match[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const isIpv4 = isIP(address) === 4;
    list.addSubnet(
      address,
      prefix === undefined ? (isIpv4 ? 32 : 128) : Number(prefix),
      isIpv4 ? 'ipv4' : 'ipv6',
    );
  }
  return list;
}
