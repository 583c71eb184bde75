/** What the answers of this API may be called, the usual one first; the text is JSON in each case. */
export const answerMediaTypes = ['application/json', 'text/json', 'text/plain'] as const;
type AnswerMediaType = (typeof answerMediaTypes)[number];

/** One part of an `Accept` header. */
interface MediaRange {
  readonly range: string;
  readonly quality: number;
}

/** How well a media type suits: by its quality, then by how expressly it was named. */
interface Suitability {
  readonly quality: number;
  readonly specificity: number;
}

/**
 * Chooses the media type of an answer (RFC 9110 §12.5.1): of those with the highest quality the one named most
 * expressly, then the usual one; the usual one also when none is accepted.
 */
export function acceptedMediaType(accept: string | undefined): AnswerMediaType {
  const [usual] = answerMediaTypes;
  if (accept === undefined) return usual;
  const ranges = accept.toLowerCase().split(',').map(toRange);
  let best: AnswerMediaType = usual;
  let bestOf: Suitability = { quality: 0, specificity: 0 };
  for (const mediaType of answerMediaTypes) {
    const suits = suitability(mediaType, ranges);
    if (!isBetter(suits, bestOf)) continue;
    best = mediaType;
    bestOf = suits;
  }
  return best;
}

function isBetter(a: Suitability, b: Suitability): boolean {
  return a.quality > b.quality || (a.quality === b.quality && a.quality > 0 && a.specificity > b.specificity);
}

/** The most specific range that matches decides (RFC 9110 §12.5.1). */
function suitability(mediaType: string, ranges: readonly MediaRange[]): Suitability {
  const [type] = mediaType.split('/');
  const forms = ['*/*', `${type}/*`, mediaType];
  let best: Suitability = { quality: 0, specificity: -1 };
  for (const { range, quality } of ranges) {
    const specificity = forms.indexOf(range);
    if (specificity > best.specificity) best = { quality, specificity };
  }
  return best;
}

function toRange(text: string): MediaRange {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { range, quality: weight !== undefined && /^[01](\.\d{0,3})?$/.test(weight) ? Number(weight) : 1 };
}
