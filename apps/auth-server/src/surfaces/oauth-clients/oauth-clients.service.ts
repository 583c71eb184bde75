import { Injectable } from '@nestjs/common';
import type { Operation } from 'rfc6902';
import type { Principal } from '#libs/access';
import { ClientsService, generateClientId } from '#libs/clients';
import { ClientDirectory, ClientRegistration, type Slice } from '#libs/credentials';
import { type OrganizationRef, OrganizationsService } from '#libs/organizations';
import { TokenIssuer } from '#libs/tokens';
import type { CreatedOAuthClient, OAuthClientAnswer, OAuthClientBody } from './oauth-clients.dto.js';
import { fromOAuthClient, inWireNames, toCreatedOAuthClient, toOAuthClient } from './oauth-clients.mapper.js';
import type { ClientSearch } from './oauth-clients.query.js';
import { fromPatch } from './oauth-clients-patch.mapper.js';

/** Puts together what several libraries know of a client, as this surface shows it. */
@Injectable()
export class OAuthClientsService {
  constructor(
    private readonly directory: ClientDirectory,
    private readonly registration: ClientRegistration,
    private readonly clients: ClientsService,
    private readonly organizations: OrganizationsService,
    private readonly issuer: TokenIssuer,
  ) {}

  /** @throws DomainError `invalid` */
  async create(
    caller: Principal,
    organization: OrganizationRef,
    body: OAuthClientBody,
  ): Promise<CreatedOAuthClient> {
    const draft = fromOAuthClient(body, generateClientId());
    const [created] = await inWireNames(this.registration.register(caller, organization, [draft]));
    return toCreatedOAuthClient(created as NonNullable<typeof created>);
  }

  async search(
    caller: Principal,
    organization: OrganizationRef,
    { filter, slice }: ClientSearch,
  ): Promise<Slice<OAuthClientAnswer>> {
    const { items, total } = await this.directory.searchClients(caller, organization, filter, slice);
    const usualSeconds = await this.usualSeconds(caller, organization);
    return { items: items.map((found) => toOAuthClient(found, usualSeconds)), total };
  }

  /** @throws DomainError `not_found` */
  async get(caller: Principal, organization: OrganizationRef, clientId: string): Promise<OAuthClientAnswer> {
    const found = await this.directory.getClient(caller, organization, clientId);
    return toOAuthClient(found, await this.usualSeconds(caller, organization));
  }

  /** @throws DomainError `not_found`, `invalid` when the patch can't be applied or breaks a rule */
  async patch(
    caller: Principal,
    organization: OrganizationRef,
    clientId: string,
    operations: readonly Operation[],
  ): Promise<OAuthClientAnswer> {
    const { lastUsedAt } = await this.directory.getClient(caller, organization, clientId);
    const usualSeconds = await this.usualSeconds(caller, organization);
    const changing = this.registration.change(caller, organization, clientId, (client) =>
      fromPatch(operations, client, toOAuthClient({ client, lastUsedAt }, usualSeconds)),
    );
    return toOAuthClient({ client: await inWireNames(changing), lastUsedAt }, usualSeconds);
  }

  /** @throws DomainError `not_found` */
  async delete(caller: Principal, organization: OrganizationRef, clientId: string): Promise<void> {
    await this.clients.delete(caller, organization, clientId);
  }

  private async usualSeconds(caller: Principal, organization: OrganizationRef): Promise<number> {
    const { settings } = await this.organizations.get(caller, organization);
    return this.issuer.lifetimeOf(null, settings);
  }
}
