import { Body, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import type { Principal } from '#libs/access';
import { SetupRemoval } from '#libs/clients';
import { type Moment, type OrganizationRef, SetupsService } from '#libs/organizations';
import { BodyPipe } from '../../http/parsing/body.pipe.js';
import { JsonBody } from '../../openapi/json-body.js';
import { Caller, InOrganization } from '../../security/request-facts.decorator.js';
import { PagedIds, type WirePage } from './paged-ids.interceptor.js';
import { AnswersErrors } from './setup-clients-error.filter.js';
import { InSetup, SetupController, SetupOperation } from './setup-route.js';
import { CreatedSetup, SetupAnswer, SetupBody, SetupIds } from './setups.dto.js';
import { setupExamples } from './setups.examples.js';
import { fromSetup, fromSetupLabels, toCreatedSetup, toIds, toSetup } from './setups.mapper.js';
import {
  DescribesMoment,
  DescribesStates,
  MomentPipe,
  StatesPipe,
  type StatesSearch,
} from './states.query.js';
import { inWireNames } from './wire-names.js';

const resource = 'Auth.Customer.Setups';
const id = { name: 'setupId', example: '0f3c8a9e5d7b41c2a6e4f0b1d2c3e4f5' };

/** The setups of the caller's organization. */
@SetupController('v2/modules/:module/setups')
export class SetupsController {
  constructor(
    private readonly setups: SetupsService,
    private readonly removal: SetupRemoval,
  ) {}

  @Get()
  @SetupOperation(
    resource,
    'READ',
    'List setups',
    'One of them shows the clients that were made without a setup: it bears the name of the organization and is made when setups are first listed.',
  )
  @DescribesStates()
  @PagedIds({ type: SetupIds })
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new StatesPipe()) { moment, labels, page }: StatesSearch,
  ): Promise<WirePage> {
    const filter = { ...moment, contains: fromSetupLabels(labels) };
    return toIds(await this.setups.list(caller, organization, filter, page), 'setupIds');
  }

  @Post()
  @SetupOperation(resource, 'CREATE', 'Create a setup')
  @JsonBody(SetupBody, { examples: setupExamples })
  @ApiCreatedResponse({ type: CreatedSetup })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async create(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Body(new BodyPipe(SetupBody, { unknownFields: 'ignore' })) body: SetupBody,
  ): Promise<CreatedSetup> {
    const { state, validFrom } = fromSetup(body);
    return toCreatedSetup(await inWireNames(this.setups.create(caller, organization, state, validFrom)));
  }

  @Get(':setupId')
  @SetupOperation(resource, 'READ', 'Get a setup')
  @ApiParam(id)
  @DescribesMoment()
  @ApiOkResponse({ type: SetupAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async get(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Query(new MomentPipe()) moment: Moment,
  ): Promise<SetupAnswer> {
    return toSetup(await this.setups.get(caller, organization, setupId, moment));
  }

  @Put(':setupId')
  @SetupOperation(resource, 'UPDATE', 'Replace a setup', 'With `valid_from`: from that moment on, by itself.')
  @ApiParam(id)
  @JsonBody(SetupBody, { examples: setupExamples })
  @ApiOkResponse({ type: SetupAnswer })
  @AnswersErrors(400, 401, 403, 404, 413, 415, 503)
  async replace(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
    @Body(new BodyPipe(SetupBody, { unknownFields: 'ignore' })) body: SetupBody,
  ): Promise<SetupAnswer> {
    const { state, validFrom } = fromSetup(body);
    return toSetup(await inWireNames(this.setups.replace(caller, organization, setupId, state, validFrom)));
  }

  @Delete(':setupId')
  @HttpCode(204)
  @SetupOperation(
    resource,
    'DELETE',
    'Delete a setup',
    'All its clients go with it; their tokens are dead at once. What they were can still be read with `includeSoftDeletedStates`.',
  )
  @ApiParam(id)
  @ApiNoContentResponse()
  @AnswersErrors(401, 403, 404, 503)
  async delete(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @InSetup() setupId: string,
  ): Promise<void> {
    await this.removal.delete(caller, organization, setupId);
  }
}
