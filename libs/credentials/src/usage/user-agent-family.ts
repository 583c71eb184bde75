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
