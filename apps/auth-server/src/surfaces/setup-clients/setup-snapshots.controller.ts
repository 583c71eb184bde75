import { Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { type OrganizationRef, SetupsService } from '#libs/organizations';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { PagedIds, type WirePage } from './paged-ids.interceptor.js';
import { SnapshotIds } from './setup-clients.dto.js';
import { AnswersErrors } from './setup-clients-error.filter.js';
import { InSetup, OfSnapshot, SetupController, SetupOperation } from './setup-route.js';
import { SetupAnswer } from './setups.dto.js';
import { toIds, toSetup } from './setups.mapper.js';
import {
  DeletedPipe,
  DescribesDeleted,
  DescribesSnapshots,
  SnapshotsPipe,
  type SnapshotsSearch,
} from './states.query.js';

const resource = 'Auth.Customer.Setups';
const id = { name: 'snapshotId', example: 'c0ffee11d7b41c2a6e4f0b1d2c3e4f5a' };

/** What a setup was, is and will be. */
@SetupController('v2/modules/:module/setups/:setupId/snapshots')
export class SetupSnapshotsController {
  constructor(private readonly setups: SetupsService) {}

  @Get()
  @SetupOperation(resource, 'READ', 'List the snapshots of a setup')
  @DescribesSnapshots()
  @PagedIds({ type: SnapshotIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Query(new SnapshotsPipe()) { includesDeleted, page }: SnapshotsSearch,
  ): Promise<WirePage> {
    const snapshots = this.setups.listSnapshots(caller, organization, setupId, includesDeleted, page);
    return toIds(await snapshots, 'snapshotIds');
  }

  @Get(':snapshotId')
  @SetupOperation(resource, 'READ', 'Get a snapshot of a setup')
  @ApiParam(id)
  @DescribesDeleted()
  @ApiOkResponse({ type: SetupAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfSnapshot() snapshotId: string,
    @Query(new DeletedPipe()) includesDeleted: boolean,
  ): Promise<SetupAnswer> {
    return toSetup(await this.setups.getSnapshot(caller, organization, setupId, snapshotId, includesDeleted));
  }

  @Delete(':snapshotId')
  @HttpCode(204)
  @SetupOperation(
    resource,
    'UPDATE',
    'Call off a planned change of a setup',
    'Only one that is yet to take effect, and never the last.',
  )
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfSnapshot() snapshotId: string,
  ): Promise<void> {
    await this.setups.cancel(caller, organization, setupId, snapshotId);
  }
}
