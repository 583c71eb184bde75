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
      encodeURIComponent(secret),
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

/** The secrets of the list, by name, that stand somewhere in the text in whatever form. */
export function secretsIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets]
    .filter(([, secret]) => spellingsOf(secret).some((spelling) => text.includes(spelling)))
    .map(([name]) => name);
}
