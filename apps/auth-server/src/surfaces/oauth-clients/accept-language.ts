import { type Locale, locales } from './error-texts.js';

/** A locale, and whether the request asked for it. */
export interface ChosenLocale {
  readonly locale: Locale;
  readonly localeOrigin: 'DEFAULT' | 'REQUEST';
}

const rangePattern =
  /^\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8})\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/;
const maxHeaderLength = 1_000;

/** Each locale by its tag and by its language alone. */
const available = new Map(
  locales.flatMap((locale) => [
    [locale.toLowerCase(), locale],
    [locale.split('-')[0] as string, locale],
  ]),
);

/**
 * Chooses the locale by the `Accept-Language` header (RFC 9110 §12.5.4) with the lookup of RFC 4647 §3.4: the ranges
 * in the order of their weights, each cut from its end until it fits. Nothing that fits: the system's default.
 */
export function chooseLocale(header: string | string[] | undefined): ChosenLocale {
  for (const range of rangesOf(String(header ?? ''))) {
    const locale = lookUp(range);
    if (locale) return { locale, localeOrigin: 'REQUEST' };
  }
  return { locale: locales[0], localeOrigin: 'DEFAULT' };
}

function rangesOf(header: string): string[] {
  if (header.length > maxHeaderLength) return [];
  return header
    .split(',')
    .flatMap((part) => {
      const [, range, weight = '1'] = rangePattern.exec(part) ?? [];
      return range === undefined || Number(weight) === 0 ? [] : [{ range, weight: Number(weight) }];
    })
    .sort((a, b) => b.weight - a.weight)
    .map(({ range }) => range.toLowerCase());
}

function lookUp(range: string): Locale | undefined {
  const subtags = range.split('-');
  while (subtags.length > 0) {
    const locale = available.get(subtags.join('-'));
    if (locale) return locale;
    subtags.pop();
    // A single letter introduces what followed it and goes with it.
    if (subtags.at(-1)?.length === 1) subtags.pop();
  }
  return undefined;
}
