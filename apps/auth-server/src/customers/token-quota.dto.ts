import { Choice, WholeNumber } from '../http/fields.js';

/** So many tokens in so many seconds, counted over a window that slides. */
export class TokenQuota {
  @WholeNumber({ min: 1, max: 1_000_000_000, description: 'Tokens …', example: 600 })
  tokens: number;

  @WholeNumber({ min: 1, max: 86_400, description: '… in so many seconds.', example: 60 })
  seconds: number;

  @Choice(['enforce', 'shadow'], {
    optional: true,
    default: 'enforce',
    description: 'With shadow, what would be refused is let through, counted and reported.',
  })
  mode?: 'enforce' | 'shadow';
}
