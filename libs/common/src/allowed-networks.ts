import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** Whether a list of networks keeps others out, or only reports whom it would have kept out. */
export type NetworksMode = 'enforce' | 'shadow';

export const networksModes: readonly NetworksMode[] = ['enforce', 'shadow'];

/** From where something may be used. */
export interface AllowedNetworks {
  readonly mode: NetworksMode;
  /** Addresses and networks in CIDR notation, as normalizeNetwork writes them. */
  readonly networks: readonly string[];
}

/** Whether a list that replaces another may let somebody in whom that one refused. Lists are compared by entry. */
export function admitsMore(before: AllowedNetworks | null, after: AllowedNetworks | null): boolean {
  if (before?.mode !== 'enforce') return false;
  return after?.mode !== 'enforce' || after.networks.some((network) => !before.networks.includes(network));
}

/** The most networks in one list. */
export const mostNetworks = 64;

const networkPattern = /^([0-9a-fA-F:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/;
const bitsPerWord = 32;
const mappedPrefix = 96;

/** An address as one unsigned number of 32 bits (IPv4), or four of them (IPv6). */
type Words = readonly number[];

interface Network {
  readonly words: Words;
  readonly prefix: number;
  /** The bits of each word that count. */
  readonly masks: readonly number[];
}

/**
 * The one spelling of an address or network (RFC 4632 §3.1, RFC 5952): `10.0.0.0/8`, `2001:db8::/32`; a single address
 * has no prefix. IPv4 addresses mapped into IPv6 (RFC 4291 §2.5.5.2) become IPv4.
 *
 * @returns undefined for anything else, and for a network whose address has bits beyond its prefix
 */
export function normalizeNetwork(text: string): string | undefined {
  const network = parseNetwork(text);
  if (!network) return undefined;
  const { words, prefix } = network;
  const address = textOf(words);
  return prefix === words.length * bitsPerWord ? address : `${address}/${prefix}`;
}

/** A list of networks made ready to be asked on every request. */
export class NetworkSet {
  private readonly networks: readonly Network[];

  /** @param networks as normalizeNetwork writes them; what is none of these includes nothing */
  constructor(networks: readonly string[]) {
    this.networks = networks.flatMap((text) => parseNetwork(text) ?? []);
  }

  /** Whether the address is in one of the networks; one that cannot be read is in none. */
  includes(address: string): boolean {
    const words = wordsOf(address);
    if (words === undefined) return false;
    for (const network of this.networks) if (isWithin(words, network)) return true;
    return false;
  }
}

function parseNetwork(text: string): Network | undefined {
  const [, address, length] = networkPattern.exec(text) ?? [];
  const words = address === undefined ? undefined : wordsOf(address);
  if (address === undefined || words === undefined) return undefined;
  const bits = words.length * bitsPerWord;
  const isMapped = words.length === 1 && address.includes(':');
  const prefix = length === undefined ? bits : Number(length) - (isMapped ? mappedPrefix : 0);
  if (prefix < 0 || prefix > bits) return undefined;
  const masks = words.map((_, index) => maskOf(prefix, index));
  const hasHostBits = words.some((word, index) => (word & ~(masks[index] as number)) !== 0);
  return hasHostBits ? undefined : { words, prefix, masks };
}

function isWithin(words: Words, network: Network): boolean {
  if (words.length !== network.words.length) return false;
  for (let index = 0; index < words.length; index++) {
    const difference = (words[index] as number) ^ (network.words[index] as number);
    if ((difference & (network.masks[index] as number)) !== 0) return false;
  }
  return true;
}

/** The bits of the word of that index that belong to a prefix. */
function maskOf(prefix: number, index: number): number {
  const bits = prefix - index * bitsPerWord;
  if (bits <= 0) return 0;
  return bits >= bitsPerWord ? -1 : -1 << (bitsPerWord - bits);
}

let latest: { readonly address: string; readonly words: Words | undefined } = {
  address: '',
  words: undefined,
};

/** As parseAddress; the lists of several levels ask for one address after the other. */
function wordsOf(address: string): Words | undefined {
  if (address !== latest.address) latest = { address, words: parseAddress(address) };
  return latest.words;
}

/** Whatever is written as an IP address; undefined for anything else. */
function parseAddress(address: string): Words | undefined {
  if (isIPv4(address)) return [ipv4Word(address)];
  const withoutZone = address.includes('%') ? address.slice(0, address.indexOf('%')) : address;
  if (!isIPv6(withoutZone)) return undefined;
  const words = ipv6Words(withoutZone);
  const isMapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return isMapped ? words.slice(3) : words;
}

function ipv4Word(address: string): number {
  let word = 0;
  let byte = 0;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code === 46) {
      word = word * 256 + byte;
      byte = 0;
    } else byte = byte * 10 + code - 48;
  }
  return word * 256 + byte;
}

/** The four words of an IPv6 address in whichever notation (RFC 4291 §2.2). */
function ipv6Words(address: string): number[] {
  const lastColon = address.lastIndexOf(':');
  const tail = address.slice(lastColon + 1);
  const inGroups = tail.includes('.') ? address.slice(0, lastColon + 1) + groupsOf(ipv4Word(tail)) : address;
  const [left = [], right] = inGroups
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))));
  const groups =
    right === undefined
      ? left
      : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  return [0, 2, 4, 6].map((index) => (groups[index] as number) * 65_536 + (groups[index + 1] as number));
}

function groupsOf(word: number): string {
  return `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}

function textOf(words: Words): string {
  const [word = 0] = words;
  if (words.length === 1) return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.');
  return new SocketAddress({ address: words.map(groupsOf).join(':'), family: 'ipv6' }).address;
}
