import { LRUCache } from 'lru-cache';

const product = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}(?=$|[/ ])/;
/** Browsers name each other; the first of these that is named is the one. */
const browsers: readonly (readonly [mark: string, family: string])[] = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
];

/** The family of a `User-Agent` header (RFC 9110 §10.1.5): its first product without the version; empty for none. */
export function userAgentFamily(header: string): string {
  const [first = ''] = product.exec(header) ?? [];
  if (first !== 'Mozilla') return first;
  return browsers.find(([mark]) => header.includes(mark))?.[1] ?? first;
}

/** The families of the headers that were seen: few, again and again. */
const families = new LRUCache<string, string>({ max: 2_000 });

/** As above, remembered; undefined: there was no header. */
export function familyOf(header: string | undefined): string {
  if (header === undefined) return '';
  const known = families.get(header);
  if (known !== undefined) return known;
  const family = userAgentFamily(header);
  // A header may be some kilobytes long; such ones are not worth the memory.
  if (header.length <= 256) families.set(header, family);
  return family;
}
