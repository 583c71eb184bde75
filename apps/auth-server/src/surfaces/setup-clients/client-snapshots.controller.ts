import { Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { SetupClientsService } from '#libs/clients';
import type { OrganizationRef } from '#libs/organizations';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { PagedIds, type WirePage } from './paged-ids.interceptor.js';
import { SetupClientAnswer, SnapshotIds } from './setup-clients.dto.js';
import { toClient } from './setup-clients.mapper.js';
import { AnswersErrors } from './setup-clients-error.filter.js';
import { InSetup, OfClient, OfSnapshot, SetupController, SetupOperation } from './setup-route.js';
import { toIds } from './setups.mapper.js';
import {
  DeletedPipe,
  DescribesDeleted,
  DescribesSnapshots,
  SnapshotsPipe,
  type SnapshotsSearch,
} from './states.query.js';

const resource = 'Auth.Customer.Clients';
const id = { name: 'snapshotId', example: 'c0ffee11d7b41c2a6e4f0b1d2c3e4f5a' };

/** What a client was, is and will be. */
@ApiParam({ name: 'clientId', example: '5a9d1c3e7f2b4a6d8e0f1a2b3c4d5e6f' })
@SetupController('v2/modules/:module/setups/:setupId/clients/:clientId/snapshots')
export class SetupClientSnapshotsController {
  constructor(private readonly clients: SetupClientsService) {}

  @Get()
  @SetupOperation(resource, 'READ', 'List the snapshots of a client')
  @DescribesSnapshots()
  @PagedIds({ type: SnapshotIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfClient() clientId: string,
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
  @SetupOperation(resource, 'READ', 'Get a snapshot of a client')
  @ApiParam(id)
  @DescribesDeleted()
  @ApiOkResponse({ type: SetupClientAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfClient() clientId: string,
    @OfSnapshot() snapshotId: string,
    @Query(new DeletedPipe()) includesDeleted: boolean,
  ): Promise<SetupClientAnswer> {
    return toClient(
      await this.clients.getSnapshot(caller, organization, setupId, clientId, snapshotId, includesDeleted),
    );
  }

  @Delete(':snapshotId')
  @HttpCode(204)
  @SetupOperation(
    resource,
    'UPDATE',
    'Call off a planned change of a client',
    'Only one that is yet to take effect, and never the last.',
  )
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @OfClient() clientId: string,
    @OfSnapshot() snapshotId: string,
  ): Promise<void> {
    await this.clients.cancel(caller, organization, setupId, clientId, snapshotId);
  }
}
