import type { ResourceServer, ResourceServerDraft } from '#libs/organizations';
import type {
  CreatedResourceServer,
  ResourceServerAnswer,
  ResourceServerBody,
} from './resource-servers.dto.js';
import { fromMetadata, fromScopePolicies, toMetadata } from './setups.mapper.js';
import { toWireId } from './wire-id.js';

/** @throws DomainError `invalid` for a scope policy that is none */
export function fromResourceServer(body: ResourceServerBody): ResourceServerDraft {
  return {
    name: body.name,
    owner: body.owner ?? null,
    comment: body.comment ?? null,
    metadata: fromMetadata(body.metadata),
    scopes: (body.scopes ?? []).map((scope) =>
      typeof scope === 'string'
        ? { name: scope, description: null }
        : { name: scope.name, description: scope.description ?? null },
    ),
    scopePolicies: body.scope_policies ? fromScopePolicies(body.scope_policies, 'scope_policies') : {},
  };
}

export function toResourceServer(server: ResourceServer): ResourceServerAnswer {
  const { name, owner, comment, metadata, scopes, scopePolicies } = server;
  return {
    name,
    ...(owner !== null && { owner }),
    ...(comment !== null && { comment }),
    metadata: toMetadata(metadata),
    scopes: scopes.map((scope) =>
      scope.description === null ? scope.name : { name: scope.name, description: scope.description },
    ),
    ...(Object.keys(scopePolicies).length > 0 && { scope_policies: scopePolicies }),
  };
}

export function toCreatedResourceServer({ id }: Pick<ResourceServer, 'id'>): CreatedResourceServer {
  return { resourceServerId: toWireId(id) };
}
