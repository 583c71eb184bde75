import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AnswersErrors } from '../openapi/error-answers.js';
import { Requires } from '../security/access-rule.js';
import { RoleFields } from './roles.dto.js';
import { getSystemRole, toRole } from './roles.mapper.js';

/** The roles that exist in every customer. */
@ApiTags('Customers')
@Controller('oauth/roles/permissions')
export class SystemRolesController {
  @Get(':roleName')
  @Requires('Auth.Customer.Roles', 'READ')
  @ApiOperation({ summary: 'Get a system role', description: 'Takes Auth.Customer.Roles READ.' })
  @ApiParam({ name: 'roleName', schema: { type: 'string', example: 'ROLE_ADMIN_USER' } })
  @ApiOkResponse({ type: RoleFields })
  @AnswersErrors(401, 403, 404, 503)
  get(@Param('roleName') roleName: string): RoleFields {
    return toRole(getSystemRole(roleName));
  }
}
