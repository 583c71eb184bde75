import { applyDecorators, Controller, Param, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Privilege } from '#libs/access';
import { Requires } from '../../security/access-rule.js';
import { UpToDateInterceptor } from './up-to-date.interceptor.js';
import { WireIdPipe } from './wire-id.js';

/** Declares a controller of this surface: what was planned is in force before it reads anything. */
export function SetupController(path: string): ClassDecorator {
  const setup = { name: 'setupId', example: '0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5' };
  return applyDecorators(
    Controller(path),
    UseInterceptors(UpToDateInterceptor),
    ...(path.includes(`:${setup.name}`) ? [ApiParam(setup)] : []),
    ApiParam({ name: 'module', enum: ['oauthv2'] }),
    ApiTags('Setup clients'),
  );
}

/** Declares who may call an operation, and describes it. @param more what there is to say beyond that */
export function SetupOperation(
  resource: string,
  privilege: Privilege,
  summary: string,
  more?: string,
): MethodDecorator {
  const roles =
    privilege === 'READ' ? 'Role `nevisMeta.user` or `nevisMeta.admin`' : 'Role `nevisMeta.admin`';
  const entitled = `${roles}, or ${resource} ${privilege}.`;
  return applyDecorators(
    Requires(resource, privilege),
    ApiOperation({ summary, description: more === undefined ? entitled : `${entitled} ${more}` }),
  );
}

/** The id of the setup in the path. */
export const InSetup = () => Param('setupId', new WireIdPipe('setup'));
/** The internal id of the client in the path. */
export const OfClient = () => Param('clientId', new WireIdPipe('client'));
/** The id of the snapshot in the path. */
export const OfSnapshot = () => Param('snapshotId', new WireIdPipe('snapshot'));
