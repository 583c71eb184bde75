import { ListOf, Text } from '../../http/fields.js';
import { isLanguageTag } from './client-rules.js';

/** A note for people, in one of several languages. */
export class MetadataItem {
  @Text({ min: 1, example: 'department' })
  name: string;

  @Text({
    optional: true,
    nullable: true,
    max: 100,
    description: 'A language tag (BCP 47).',
    example: 'de-CH',
    test: { passes: isLanguageTag, message: 'must be a language tag (BCP 47), such as de-CH' },
  })
  locale?: string | null;

  @Text({ max: 1000, multiline: true, example: 'Buchhaltung' })
  value: string;
}

/** A field with such notes. */
export function Metadata(): PropertyDecorator {
  return ListOf(MetadataItem, { optional: true, nullable: true, default: [] });
}
