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

/**
 * The secrets of the list, by name, that stand somewhere in the text in whatever form. It goes through the text once,
 * however many they are.
 */
export function secretsIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  const spellings = [...secrets].flatMap(([name, secret]) =>
    spellingsOf(secret).map((spelling) => ({ name, spelling })),
  );
  const prefixLength = spellings.reduce((least, { spelling }) => Math.min(least, spelling.length), 12);
  const byPrefix = new Map<string, typeof spellings>();
  for (const one of spellings) {
    const prefix = one.spelling.slice(0, prefixLength);
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), one]);
  }
  const found = new Set<string>();
  for (let at = 0; at + prefixLength <= text.length; at++) {
    for (const { name, spelling } of byPrefix.get(text.slice(at, at + prefixLength)) ?? [])
      if (text.startsWith(spelling, at)) found.add(name);
  }
  return [...secrets.keys()].filter((name) => found.has(name));
}
