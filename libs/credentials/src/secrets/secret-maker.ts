import { Injectable } from '@nestjs/common';
import { invalid } from '#libs/common';
import {
  claimsToBeGenerated,
  generateSecretAs,
  hintOf,
  isWellFormed,
  type SecretForm,
} from './secret-format.js';
import { SecretHasher } from './secret-hasher.js';

const shortestChosen = 8;
const longestChosen = 256;

/** A secret in the only moment in which it is known, with what is kept of it. */
export interface MadeSecret {
  readonly secret: string;
  readonly hash: string;
  readonly lookupHash: Buffer | null;
  readonly hint: string;
}

/** Generates secrets, or takes those that a caller chose, and turns them into what is stored. */
@Injectable()
export class SecretMaker {
  constructor(private readonly hasher: SecretHasher) {}

  /**
   * @param chosen the secret that the caller wants, or undefined to have one generated
   * @param form of a generated secret
   * @throws DomainError `invalid` for a chosen secret that breaks the rules
   */
  async make(
    chosen: string | undefined,
    clientRowId: string,
    form: SecretForm = 'checked',
  ): Promise<MadeSecret> {
    if (chosen === undefined) {
      const secret = generateSecretAs(form);
      return this.made(secret, this.hasher.hashGenerated(secret, clientRowId));
    }
    mustBeAcceptable(chosen, '');
    return this.made(chosen, await this.hasher.hashChosen(chosen, clientRowId));
  }

  private made(secret: string, hash: string): MadeSecret {
    return { secret, hash, lookupHash: this.hasher.lookupHashFor(hash, secret), hint: hintOf(secret) };
  }

  /** Whether the secret opens one of the credentials. */
  async opens(
    credentials: readonly { readonly hash: string }[],
    secret: string,
    clientRowId: string,
  ): Promise<boolean> {
    return (await this.hasher.match(credentials, secret, clientRowId)) !== undefined;
  }
}

/**
 * @param prefix where the secret stands in the request, `[2]`
 * @throws DomainError `invalid` for a chosen secret that breaks a rule
 */
export function mustBeAcceptable(chosen: string, prefix: string): void {
  const message = brokenRule(chosen);
  if (!message) return;
  const path = prefix ? `${prefix}.clientSecret` : 'clientSecret';
  throw invalid('The secret is not acceptable.', [{ path, message }]);
}

/** The rule that a chosen secret breaks: completes "The secret …". */
export function brokenRule(chosen: string): string | undefined {
  const length = [...chosen].length;
  if (length < shortestChosen || length > longestChosen) {
    return `must have ${shortestChosen} to ${longestChosen} characters`;
  }
  if (/[\x00-\x1f\x7f]/.test(chosen)) return 'must not contain control characters';
  if (claimsToBeGenerated(chosen) && !isWellFormed(chosen)) {
    return 'must not begin with cls_, which marks generated secrets';
  }
  return undefined;
}
