import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Settings } from '#libs/common';
import { SigningKeys } from '#libs/keys';
import { Direct, type DirectAnswer, type DirectRequest } from '../http/direct/direct-route.js';
import { Public } from '../security/access-rule.js';

/** The public keys that verify our tokens (RFC 7517 §5). */
@ApiTags('OAuth')
@Controller('.well-known/jwks.json')
export class JwksController {
  private readonly cacheControl: string;

  constructor(
    private readonly keys: SigningKeys,
    @Inject(Settings) settings: Settings,
  ) {
    // A key signs only after it was announced for this long: whoever caches no longer than that knows it by then.
    this.cacheControl = `public, max-age=${Math.max(1, Math.floor(settings.signingKeyAnnounceSeconds / 2))}`;
  }

  @Get()
  @Direct()
  @Public('Resource servers verify tokens with it.')
  @ApiOperation({
    summary: 'The keys that verify tokens',
    description: 'RFC 7517. Cache it as Cache-Control says.',
  })
  @ApiOkResponse({
    description: 'A JWK Set.',
    schema: {
      type: 'object',
      required: ['keys'],
      properties: { keys: { type: 'array', items: { type: 'object' } } },
      example: { keys: [{ kty: 'EC', crv: 'P-256', x: '…', y: '…', kid: '…', alg: 'ES256', use: 'sig' }] },
    },
  })
  @ApiResponse({ status: 304, description: 'The set has not changed since the ETag of If-None-Match.' })
  get(request: DirectRequest): DirectAnswer {
    const { body, etag } = this.keys.published;
    const known = request.headers['if-none-match'];
    const { cacheControl } = this;
    if (known !== undefined && isAnyOf(known, etag))
      return { status: 304, headers: ['etag', etag], cacheControl };
    return { status: 200, headers: ['etag', etag, 'content-type', contentType], cacheControl, body };
  }
}

const contentType = 'application/json; charset=utf-8';

function isAnyOf(tags: string, etag: string): boolean {
  return tags === etag || tags.split(',').some((tag) => isSame(tag.trim(), etag));
}

/** If-None-Match compares weakly, and `*` stands for any (RFC 9110 §13.1.2). */
function isSame(tag: string, etag: string): boolean {
  return tag === '*' || tag.replace(/^W\//, '') === etag;
}
