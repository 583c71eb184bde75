import { isDeepStrictEqual } from 'node:util';
import type { Operation } from 'rfc6902';
import type { Client, ClientDraft, PlacedDraft } from '#libs/clients';
import { throwIfAny, toFields } from '../../http/parsing/body.pipe.js';
import { patched } from './json-patch.js';
import { longestAccessTokenSeconds, type OAuthClientAnswer, OAuthClientBody } from './oauth-clients.dto.js';
import {
  draftFields,
  mustFitTogether,
  surfaceName,
  toAttributes,
  toDraftFields,
} from './oauth-clients.mapper.js';

const ownNames = ['businessName', 'homepageUrl', 'strongAuthSupported', 'claimsSupported'] as const;

/** The members that a patch may change. */
const patchable = [...ownNames, ...(Object.keys(draftFields) as (keyof typeof draftFields)[])] as const;

/**
 * The client that a patch makes of one. What it does not touch stays as it is, even where the client was made elsewhere
 * and breaks a rule of this surface: it must be possible to disable any client.
 *
 * @param document the client as it is answered
 * @returns undefined when the patch changes nothing
 * @throws DomainError `invalid` when the patch can't be applied, or its result breaks a rule of creation
 */
export function fromPatch(
  operations: readonly Operation[],
  client: Client,
  document: OAuthClientAnswer,
): PlacedDraft | undefined {
  const result = patched(document, operations, patchable);
  const changed = new Set<string>(
    patchable.filter((name) => !isDeepStrictEqual(result[name], document[name])),
  );
  if (changed.size === 0) return undefined;
  const { value, issues } = toFields(OAuthClientBody, withoutUnset(result, document), '', false);
  const ofChanged = issues.filter(({ path }) => changed.has(path.split(/[.[]/)[0] as string));
  const body = throwIfAny({ value, issues: ofChanged });
  if (changed.has('grantTypes') || changed.has('redirectUris')) mustFitTogether(body);
  // REFRESH_TOKEN brings a lifetime along.
  if (changed.has('grantTypes')) changed.add('refreshTokenValiditySeconds');
  return {
    draft: {
      ...keptFields(client),
      ...changedFields(body, changed),
      ...(ownNames.some((name) => changed.has(name)) && {
        attributes: { [surfaceName]: { ...toAttributes(body) } },
      }),
    },
    path: '',
    longestAccessTokenTtlSeconds: longestAccessTokenSeconds,
  };
}

/** A lifetime of 0 is none: what is answered where nothing was set. */
function withoutUnset(result: Readonly<Record<string, unknown>>, before: OAuthClientAnswer): object {
  if (before.refreshTokenValiditySeconds !== 0 || result['refreshTokenValiditySeconds'] !== 0) return result;
  const { refreshTokenValiditySeconds: _, ...rest } = result;
  return rest;
}

function keptFields(client: Client): ClientDraft {
  const { clientId, name, description, enabled, grantTypes, authenticationMethods, scopes } = client;
  const { redirectUris, accessTokenTtlSeconds, refreshTokenTtlSeconds } = client;
  return {
    clientId,
    name,
    description,
    enabled,
    grantTypes,
    authenticationMethods,
    scopes,
    redirectUris,
    accessTokenTtlSeconds,
    refreshTokenTtlSeconds,
  };
}

function changedFields(body: OAuthClientBody, changed: ReadonlySet<string>): Partial<ClientDraft> {
  const fields = toDraftFields(body);
  return Object.fromEntries(
    Object.entries(draftFields)
      .filter(([wire]) => changed.has(wire))
      .map(([, field]) => [field, fields[field]]),
  );
}
