import { createHash } from 'node:crypto';

/**
 * Every form in which a secret could be written by mistake: as it is, encoded at any place within a longer text, and
 * as a hash without a key, which for a secret that a person chose is as good as the secret.
 */
function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].flatMap((name) =>
    (['hex', 'base64', 'base64url'] as const).map((form) => createHash(name).update(secret).digest(form)),
  );
  const json = JSON.stringify(secret).slice(1, -1);
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [
    ...new Set([
      secret,
      json,
      // Half a character cannot be sent, and is replaced.
      encodeURIComponent(bytes.toString()),
      form,
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...base64WithinText(bytes),
      ...hashes,
    ]),
  ];
}

/** Base64 of the bytes wherever they begin in a longer text: three alignments, without the letters they share. */
function base64WithinText(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const inner = whole.slice(offset === 0 ? 0 : offset + 1, -2);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** As many values as `windowOf` has. */
const windows = 1 << 20;
const windowLength = 4;

/** A number that says all that this search remembers: five bits of shift for each of the last four characters. */
const windowOf = (before: number, code: number) => ((before << 5) ^ code) & (windows - 1);

/**
 * The secrets of the list, by name, that stand somewhere in the text in whatever form. It goes through the text once,
 * however many they are, and looks closer only where four characters may be the first ones of a spelling; a secret has
 * six at least.
 */
export function secretsIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  const beginnings = new Uint8Array(windows);
  const spellings = new Map<number, { name: string; spelling: string }[]>();
  for (const [name, secret] of secrets)
    for (const spelling of spellingsOf(secret)) {
      let window = 0;
      for (let at = 0; at < windowLength; at++) window = windowOf(window, spelling.charCodeAt(at));
      beginnings[window] = 1;
      const others = spellings.get(window) ?? [];
      if (others.push({ name, spelling }) === 1) spellings.set(window, others);
    }
  const found = new Set<string>();
  let window = 0;
  for (let at = 0; at < text.length; at++) {
    window = windowOf(window, text.charCodeAt(at));
    if (beginnings[window] === 0) continue;
    const begin = at - windowLength + 1;
    for (const { name, spelling } of spellings.get(window) ?? [])
      if (text.startsWith(spelling, begin)) found.add(name);
  }
  return [...secrets.keys()].filter((name) => found.has(name));
}
