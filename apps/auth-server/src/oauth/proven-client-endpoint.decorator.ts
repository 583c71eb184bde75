import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBasicAuth, ApiBody, ApiOperation } from '@nestjs/swagger';
import { Accepts, formMediaType } from '../http/route.js';
import { clientBasic } from '../openapi/security-schemes.js';
import { Public } from '../security/access-rule.js';
import { AnswersOAuthErrors } from './oauth.dto.js';

/**
 * Declares what the token, introspection and revocation endpoints have in common: a form-encoded POST by a client that
 * proves itself (RFC 6749 §3.2; RFC 7662 §2.1; RFC 7009 §2.1).
 *
 * @param form the parameters, for the OpenAPI document
 */
export function ProvenClientEndpoint(form: Type, summary: string, description: string): MethodDecorator {
  return applyDecorators(
    Accepts(formMediaType),
    Public('The client proves itself by its secret.'),
    ApiOperation({ summary, description }),
    ApiBasicAuth(clientBasic),
    ApiBody({ type: form }),
    AnswersOAuthErrors(400, 401, 413, 415, 429, 503),
  );
}
