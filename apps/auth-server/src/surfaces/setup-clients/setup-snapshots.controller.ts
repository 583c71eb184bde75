import { Controller, Delete, Get, HttpCode, Param, Query, UseInterceptors } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { type OrganizationRef, SetupsService } from '#libs/organizations';
import { Requires } from '../../security/access-rule.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { PagedIds, type WirePage } from './paged-ids.interceptor.js';
import { SnapshotIds } from './setup-clients.dto.js';
import { AnswersErrors } from './setup-clients-error.filter.js';
import { SetupAnswer } from './setups.dto.js';
import { toIds, toSetup } from './setups.mapper.js';
import {
  DeletedPipe,
  DescribesDeleted,
  DescribesSnapshots,
  SnapshotsPipe,
  type SnapshotsSearch,
} from './states.query.js';
import { UpToDateInterceptor } from './up-to-date.interceptor.js';
import { WireIdPipe } from './wire-id.js';

const resource = 'Auth.Customer.Setups';
const writing = 'Role `nevisMeta.admin`';
const reading = 'Role `nevisMeta.user` or `nevisMeta.admin`';
const id = { name: 'snapshotId', example: 'c0ffee11d7b41c2a6e4f0b1d2c3e4f5a' };

/** What a setup was, is and will be. */
@ApiTags('Setup clients')
@ApiParam({ name: 'module', enum: ['oauthv2'] })
@ApiParam({ name: 'setupId', example: '0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5' })
@UseInterceptors(UpToDateInterceptor)
@Controller('v2/modules/:module/setups/:setupId/snapshots')
export class SetupSnapshotsController {
  constructor(private readonly setups: SetupsService) {}

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'List the snapshots of a setup', description: `${reading}, or ${resource} READ.` })
  @DescribesSnapshots()
  @PagedIds({ type: SnapshotIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Query(new SnapshotsPipe()) { includesDeleted, page }: SnapshotsSearch,
  ): Promise<WirePage> {
    const snapshots = this.setups.listSnapshots(caller, organization, setupId, includesDeleted, page);
    return toIds(await snapshots, 'snapshotIds');
  }

  @Get(':snapshotId')
  @Requires(resource, 'READ')
  @ApiOperation({ summary: 'Get a snapshot of a setup', description: `${reading}, or ${resource} READ.` })
  @ApiParam(id)
  @DescribesDeleted()
  @ApiOkResponse({ type: SetupAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('snapshotId', new WireIdPipe('snapshot')) snapshotId: string,
    @Query(new DeletedPipe()) includesDeleted: boolean,
  ): Promise<SetupAnswer> {
    return toSetup(await this.setups.getSnapshot(caller, organization, setupId, snapshotId, includesDeleted));
  }

  @Delete(':snapshotId')
  @HttpCode(204)
  @Requires(resource, 'UPDATE')
  @ApiOperation({
    summary: 'Call off a planned change of a setup',
    description: `${writing}, or ${resource} UPDATE. Only one that is yet to take effect, and never the last.`,
  })
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Param('setupId', new WireIdPipe('setup')) setupId: string,
    @Param('snapshotId', new WireIdPipe('snapshot')) snapshotId: string,
  ): Promise<void> {
    await this.setups.cancel(caller, organization, setupId, snapshotId);
  }
}
