import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { SigningKeys } from '#libs/keys';
import { Repeatable } from '../customers/repeatable.interceptor.js';
import { BodyPipe } from '../http/parsing/body.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { JsonBody } from '../openapi/json-body.js';
import { RequiresOperator } from '../security/access-rule.js';
import { Caller } from '../security/request-facts.decorator.js';
import { NewSigningKeyBody, SigningKeyAnswer } from './signing-keys.dto.js';
import { toSigningKey } from './signing-keys.mapper.js';

/** The staged rotation of the keys that sign tokens: announce, activate, retire. */
@ApiTags('Signing keys')
@Controller('oauth/signing-keys')
export class SigningKeysController {
  constructor(private readonly keys: SigningKeys) {}

  @Get()
  @RequiresOperator()
  @ApiOperation({
    summary: 'List signing keys',
    description: 'Takes ROLE_ADMIN. All of them, the oldest first, retired ones included.',
  })
  @ApiOkResponse({ type: [SigningKeyAnswer] })
  @AnswersErrors(401, 403, 503)
  async list(@Caller() caller: Principal): Promise<SigningKeyAnswer[]> {
    return (await this.keys.list(caller)).map(toSigningKey);
  }

  @Post()
  @RequiresOperator()
  @Repeatable('platform')
  @ApiOperation({
    summary: 'Announce a signing key',
    description: 'Takes ROLE_ADMIN. The new key is published; it may sign when every cached JWKS knows it.',
  })
  @JsonBody(NewSigningKeyBody, { examples: { ES256: { alg: 'ES256' } } })
  @ApiCreatedResponse({ type: SigningKeyAnswer })
  @AnswersErrors(400, 401, 403, 413, 415, 422, 503)
  async announce(
    @Caller() caller: Principal,
    @Body(new BodyPipe(NewSigningKeyBody)) body: NewSigningKeyBody,
  ): Promise<SigningKeyAnswer> {
    return toSigningKey(await this.keys.announce(caller, body.alg));
  }

  @Post(':kid/activate')
  @RequiresOperator()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Activate a signing key',
    description: 'Takes ROLE_ADMIN. It signs from now on; the one before it goes on verifying.',
  })
  @ApiParam({ name: 'kid', schema: { type: 'string' } })
  @ApiOkResponse({ type: SigningKeyAnswer })
  @AnswersErrors(401, 403, 404, 409, 503)
  async activate(@Caller() caller: Principal, @Param('kid') kid: string): Promise<SigningKeyAnswer> {
    return toSigningKey(await this.keys.activate(caller, kid));
  }

  @Post(':kid/retire')
  @RequiresOperator()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Retire a signing key',
    description: 'Takes ROLE_ADMIN. It leaves the JWKS; refused while a token that it signed may be alive.',
  })
  @ApiParam({ name: 'kid', schema: { type: 'string' } })
  @ApiOkResponse({ type: SigningKeyAnswer })
  @AnswersErrors(401, 403, 404, 409, 503)
  async retire(@Caller() caller: Principal, @Param('kid') kid: string): Promise<SigningKeyAnswer> {
    return toSigningKey(await this.keys.retire(caller, kid));
  }
}
