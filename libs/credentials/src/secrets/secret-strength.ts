const fewestBits = 128;
const fewestDistinct = 10;

/**
 * Whether the secret looks as if a generator made it, with 128 bits or more: long, of the characters of base64, hex or
 * a UUID alone, many of them distinct, letters and digits mixed as nobody mixes them by hand. It errs towards no: a
 * random secret that is not recognised only gets a slow hash that it does not need.
 */
export function isRandomEnough(secret: string): boolean {
  if (!/^[A-Za-z0-9+/=_.~-]+$/.test(secret)) return false;
  const text = secret.replace(/[^A-Za-z0-9]/g, '');
  if (text.length * bitsOfEach(text) < fewestBits || new Set(text).size < fewestDistinct) return false;
  return changesOfKind(text) >= text.length * usualChanges(text) && !repeatsItself(text);
}

/** What one character is worth when all are drawn from the smallest usual alphabet that has them. */
function bitsOfEach(text: string): number {
  if (/^([0-9a-f]+|[0-9A-F]+)$/.test(text)) return 4;
  return Math.log2(/^([0-9a-z]+|[0-9A-Z]+)$/.test(text) ? 36 : 62);
}

/** Less than is usual for random text, more than for words, of which each may begin with a capital letter. */
function usualChanges(text: string): number {
  return /[a-z]/.test(text) && /[A-Z]/.test(text) ? 1 / 2 : 1 / 3;
}

/** How often a digit, a small or a capital letter is followed by one of another kind. */
function changesOfKind(text: string): number {
  let changes = 0;
  for (let place = 1; place < text.length; place++) {
    if (kindOf(text.charCodeAt(place)) !== kindOf(text.charCodeAt(place - 1))) changes++;
  }
  return changes;
}

function kindOf(code: number): 'digit' | 'capital' | 'small' {
  if (code < 0x40) return 'digit';
  return code < 0x60 ? 'capital' : 'small';
}

/** Whether a piece of four characters comes twice: in 64 random hexadecimal digits that is one case in 36. */
function repeatsItself(text: string): boolean {
  const pieces = new Set<string>();
  for (let start = 0; start + 4 <= text.length; start++) pieces.add(text.slice(start, start + 4));
  return pieces.size < text.length - 3;
}
