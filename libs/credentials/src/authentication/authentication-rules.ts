import { type DomainError, invalidClient, networkNotAllowed } from '#libs/common';
import { type NetworkRule, networkLevels } from '../networks/network-rule.js';
import type { RegisteredClient } from '../registry/registered-client.js';

/**
 * Follows a decision: it is told of each rule just before that is judged, so that the last one told is the one that
 * refused. The real endpoints follow nothing.
 */
export interface DecisionTrace {
  judging(rule: string): void;
}

/** What is known once the secret has opened a credential. */
export interface ProvenFacts {
  readonly client: RegisteredClient;
  /** Whether the credential has not expired or retired. */
  readonly works: boolean;
  /** The lists of allowed networks that leave the address out; undefined: the address is not known. */
  readonly without: readonly NetworkRule[] | undefined;
}

/*
 * The rules of client authentication but for the secret itself, in the order in which they are judged. The endpoints
 * and their explanation ask these same functions.
 */

/** What refuses a client before its secret is looked at, if anything. */
export function refusalBeforeSecret(
  client: RegisteredClient,
  method: string,
  trace?: DecisionTrace,
): DomainError | undefined {
  trace?.judging('authentication_method');
  return client.authenticationMethods.has(method) ? undefined : invalidClient('method not allowed');
}

/**
 * What refuses a client whose secret is right, if anything. Only who holds the secret learns of the networks; all else
 * is the one answer.
 */
export function refusalAfterSecret(facts: ProvenFacts, trace?: DecisionTrace): DomainError | undefined {
  trace?.judging('credential_lifetime');
  if (!facts.works) return invalidClient('expired or retired secret');
  trace?.judging('client_enabled');
  if (!facts.client.enabled) return invalidClient('disabled client');
  trace?.judging('organization_enabled');
  if (!facts.client.organization.enabled) return invalidClient('disabled organization');
  if (facts.without === undefined) return undefined;
  for (const level of networkLevels) {
    trace?.judging(level === 'quarantine' ? level : `${level}_networks`);
    for (const rule of facts.without) {
      if (rule.level === level && rule.mode === 'enforce') return networkNotAllowed(level);
    }
  }
  return undefined;
}
