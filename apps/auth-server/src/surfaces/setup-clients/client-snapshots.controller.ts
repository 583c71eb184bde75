import { Controller, Delete, Get, HttpCode, Param, Query, UseInterceptors } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { SetupClientsService } from '#libs/clients';
import type { OrganizationRef } from '#libs/organizations';
import { Requires } from '../../security/access-rule.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { PagedIds, type WirePage } from './paged-ids.interceptor.js';
import { SetupClientAnswer, SnapshotIds } from './setup-clients.dto.js';
import { toClient } from './setup-clients.mapper.js';
import { AnswersErrors } from './setup-clients-error.filter.js';
import { toIds } from './setups.mapper.js';
import {
  DeletedPipe,
  DescribesDeleted,
  DescribesSnapshots,
  SnapshotsPipe,
  type SnapshotsSearch,
} from './states.query.js';
import { UpToDateInterceptor } from './up-to-date.interceptor.js';
import { WireIdPipe } from './wire-id.js';

const resource = 'Auth.Customer.Clients';
const writing = 'Role `nevisMeta.admin`';
const reading = 'Role `nevisMeta.user` or `nevisMeta.admin`';
const id = { name: 'snapshotId', example: 'c0ffee11d7b41c2a6e4f0b1d2c3e4f5a' };

/** What a client was, is and will be. */
@ApiTags('Setup clients')
@ApiParam({ name: 'module', enum: ['oauthv2'] })
@ApiParam({ name: 'setupId', example: '0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5' })
@ApiParam({ name: 'clientId', example: '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f' })
@UseInterceptors(UpToDateInterceptor)
@Controller('v2/modules/:module/setups/:setupId/clients/:clientId/snapshots')
export class SetupClientSnapshotsController {
  constructor(private readonly clients: SetupClientsService) {}

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'List the snapshots of a client',
    description: `${reading}, or ${resource} READ.`,
  })
  @DescribesSnapshots()
  @PagedIds({ type: SnapshotIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('clientId', new WireIdPipe('client')) clientId: string,
    @Query(new SnapshotsPipe()) { includesDeleted, page }: SnapshotsSearch,
  ): Promise<WirePage> {
    const snapshots = this.clients.listSnapshots(
      caller,
      organization,
      setupId,
      clientId,
      includesDeleted,
      page,
    );
    return toIds(await snapshots, 'snapshotIds');
  }

  @Get(':snapshotId')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get a snapshot of a client', description: `${reading}, or ${resource} READ.` })
  @ApiParam(id)
  @DescribesDeleted()
  @ApiOkResponse({ type: SetupClientAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('clientId', new WireIdPipe('client')) clientId: string,
    @Param('snapshotId', new WireIdPipe('snapshot')) snapshotId: string,
    @Query(new DeletedPipe()) includesDeleted: boolean,
  ): Promise<SetupClientAnswer> {
    return toClient(
      await this.clients.getSnapshot(caller, organization, setupId, clientId, snapshotId, includesDeleted),
    );
  }

  @Delete(':snapshotId')
  @HttpCode(204)
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Call off a planned change of a client',
    description: `${writing}, or ${resource} UPDATE. Only one that is yet to take effect, and never the last.`,
  })
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('clientId', new WireIdPipe('client')) clientId: string,
    @Param('snapshotId', new WireIdPipe('snapshot')) snapshotId: string,
  ): Promise<void> {
    await this.clients.cancel(caller, organization, setupId, clientId, snapshotId);
  }
}
