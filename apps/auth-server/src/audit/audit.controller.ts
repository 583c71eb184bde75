import { Readable } from 'node:stream';
import { Controller, Get, Headers, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '#libs/access';
import { AuditSigner, AuditTrail, ChainVerifier } from '#libs/audit';
import type { Page } from '#libs/common';
import type { OrganizationRef } from '#libs/organizations';
import { Paged } from '../customers/paged.interceptor.js';
import { QueryPipe } from '../http/parsing/query.pipe.js';
import { AnswersErrors } from '../openapi/error-answers.js';
import { Requires } from '../security/access-rule.js';
import { Caller, InOrganization } from '../security/request-facts.decorator.js';
import { AuditEventAnswer, AuditExportQuery, AuditQuery, ProofAnswer, ProofQuery } from './audit.dto.js';
import { fromAuditCursor, fromAuditQuery, toAuditPage, toProof } from './audit.mapper.js';
import { auditFormats, linesOf } from './audit-formats.js';

const resource = 'Auth.Customer.Audit';
const usualLimit = 100;
/** Some seconds of work for one request. */
const mostEntriesPerProof = 100_000;
const checkpointsShown = 100;

/** What happened in a customer, and the proof of it. */
@ApiTags('Customers')
@ApiParam({ name: 'customerId', schema: { type: 'string', example: 'ABC' } })
@Controller('oauth/customers/:customerId/audit')
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly verifier: ChainVerifier,
    private readonly signer: AuditSigner,
  ) {}

  @Get()
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'List what happened',
    description: `Takes ${resource} READ. The filters may be combined.`,
  })
  @Paged(AuditEventAnswer)
  @AnswersErrors(400, 401, 403, 404, 503)
  async list(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(AuditQuery)) query: AuditQuery,
  ): Promise<Page<AuditEventAnswer>> {
    const { organizationId } = caller.within(organization);
    const { limit = usualLimit, cursor } = query;
    const after = fromAuditCursor(cursor);
    return toAuditPage(await this.trail.list(organizationId, fromAuditQuery(query), { after, limit }), limit);
  }

  @Get('export')
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'Export what happened',
    description: `Takes ${resource} READ. A stream of everything that the filters let through, the oldest first; \`limit\` and \`cursor\` do not count. A text that a spreadsheet would take for a formula has a quote before it in CSV.`,
  })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({
    description: 'One event a line.',
    schema: { type: 'string' },
    headers: {
      'X-Total-Count': { description: 'How many events there are.', schema: { type: 'integer' } },
    },
  })
  @AnswersErrors(400, 401, 403, 404, 503)
  async export(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(AuditExportQuery)) query: AuditExportQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { organizationId } = caller.within(organization);
    const name = query.format ?? (accept?.toLowerCase().includes('text/csv') ? 'csv' : 'jsonl');
    const format = auditFormats[name];
    const filter = fromAuditQuery(query);
    void reply.header('X-Total-Count', await this.trail.count(organizationId, filter));
    const events = this.trail.export(organizationId, filter);
    return new StreamableFile(Readable.from(linesOf(events, format)), {
      type: format.mediaType,
      disposition: `attachment; filename="audit.${name}"`,
    });
  }

  @Get('proof')
  @Requires(resource, 'READ')
  @ApiOperation({
    summary: 'Prove the log',
    description: `Takes ${resource} READ. Checks the chain of hashes against its signed checkpoints and names the first bad entry.`,
  })
  @ApiOkResponse({ type: ProofAnswer })
  @AnswersErrors(400, 401, 403, 404, 503)
  async proof(
    @Caller() caller: Principal,
    @InOrganization() organization: OrganizationRef,
    @Query(new QueryPipe(ProofQuery)) { after }: ProofQuery,
  ): Promise<ProofAnswer> {
    const { organizationId } = caller.within(organization);
    const verification = await this.verifier.verify({
      organizationId,
      most: mostEntriesPerProof,
      ...(after !== undefined && { after: BigInt(after) }),
    });
    const [checkpoints, dropped, keys] = await Promise.all([
      this.trail.checkpoints(organizationId, checkpointsShown),
      this.trail.findDropped(organizationId),
      this.signer.publicKeys(),
    ]);
    return toProof(verification, checkpoints, dropped, keys);
  }
}
