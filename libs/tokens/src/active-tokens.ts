import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock, Sealer, tooMany } from '#libs/common';
import type { RegisteredClient } from '#libs/credentials';
import { Housekeeping, Transactions } from '#libs/database';
import { ActiveToken } from './active-token.entity.js';
import type { IssuedToken, TokenOrder } from './token-issuer.js';
import { mostAheadSeconds } from './token-verifier.js';

const sealPurpose = 'access token';

/**
 * The tokens of organizations that want their number limited, or the same one answered while it lives. Only for
 * these is a row written, at most as many per client as may be alive.
 */
@Injectable()
export class ActiveTokens {
  constructor(
    private readonly transactions: Transactions,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    housekeeping: Housekeeping,
  ) {
    housekeeping.deleteWhere('active_token', 'expires_at < now()');
  }

  /**
   * Answers the live token of the same request, or makes a new one if the client may have one more.
   *
   * @param issue makes the new token
   * @throws DomainError `too_many` when the client has as many live tokens as it may
   */
  async admit(order: TokenOrder, issue: () => IssuedToken | Promise<IssuedToken>): Promise<IssuedToken> {
    const { client, credential } = order;
    const { id: organizationId, tokenReuse } = client.organization;
    return this.transactions.run({ organizationId }, async ({ manager }) => {
      await manager.query('select pg_advisory_xact_lock(hashtext($1))', [`active tokens ${client.id}`]);
      const live = await this.dropDead(manager, client);
      const same = this.findSame(order, live);
      if (same?.sealedToken) {
        const reopened = this.reopen(same, same.sealedToken, order.scopes);
        if (!this.isOfTheFuture(reopened)) return reopened;
        await manager.delete(ActiveToken, { jti: same.jti });
      }
      const issued = await issue();
      await manager.insert(ActiveToken, {
        jti: issued.jti,
        organizationId,
        clientRowId: client.id,
        credentialId: credential.id,
        request: requestOf(order),
        generation: client.tokenGeneration,
        expiresAt: new Date(issued.expiresAtSeconds * 1000),
        sealedToken:
          tokenReuse === 'reuse' ? this.sealer.seal(sealPurpose, issued.jti, issued.accessToken) : null,
      });
      return issued;
    });
  }

  /**
   * The live token that `admit` would answer at that moment, or undefined for a new one; changes nothing.
   *
   * @throws DomainError `too_many` when the client has as many live tokens as it may
   */
  async foresee(order: TokenOrder, at: Date): Promise<ActiveToken | undefined> {
    const { client } = order;
    const live = await this.transactions.read({ organizationId: client.organization.id }, (manager) =>
      manager
        .createQueryBuilder(ActiveToken, 't')
        .where(`t.client_row_id = :client and not ${isDead(':at', ':generation', ':credentials')}`, {
          client: client.id,
          at,
          generation: client.tokenGeneration,
          credentials: client.credentials.map((credential) => credential.id),
        })
        .getMany(),
    );
    return this.findSame(order, live);
  }

  /** How many live tokens of the client are known; always 0 where they are not counted. */
  async count(client: RegisteredClient): Promise<number> {
    return this.transactions.run({ organizationId: client.organization.id }, async ({ manager }) => {
      return (await this.dropDead(manager, client)).length;
    });
  }

  /** Deletes the client's tokens that have expired or were revoked in whatever way; answers those that live. */
  private async dropDead(manager: EntityManager, client: RegisteredClient): Promise<ActiveToken[]> {
    await manager.query(
      `delete from active_token t where t.client_row_id = $1 and ${isDead('$2', '$3', '$4')}`,
      [
        client.id,
        this.clock.now(),
        client.tokenGeneration,
        client.credentials.map((credential) => credential.id),
      ],
    );
    return manager.findBy(ActiveToken, { clientRowId: client.id });
  }

  /** @throws DomainError `too_many` */
  private findSame(order: TokenOrder, live: readonly ActiveToken[]): ActiveToken | undefined {
    const { tokenReuse, maxActiveTokens } = order.client.organization;
    if (tokenReuse === 'reuse') {
      const request = requestOf(order);
      return live.find(
        (token) =>
          token.credentialId === order.credential.id &&
          token.request === request &&
          token.sealedToken !== null,
      );
    }
    if (live.length < (maxActiveTokens ?? 1)) return undefined;
    const words = 'The client has as many active tokens as it may.';
    throw tooMany(words, this.secondsUntilRoom(live), 'too_many_tokens');
  }

  private reopen(token: ActiveToken, sealedToken: string, scopes: readonly string[]): IssuedToken {
    const expiresAtSeconds = Math.floor(token.expiresAt.getTime() / 1000);
    return {
      accessToken: this.sealer.open(sealPurpose, token.jti, sealedToken).toString(),
      expiresInSeconds: expiresAtSeconds - this.clock.nowSeconds(),
      scope: scopes.length > 0 ? scopes.join(' ') : undefined,
      jti: token.jti,
      expiresAtSeconds,
    };
  }

  /** After the clock was set back, what was issued before is taken nowhere: TokenVerifier refuses it as well. */
  private isOfTheFuture({ accessToken }: IssuedToken): boolean {
    const [, payload = ''] = accessToken.split('.');
    const { iat } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return iat > this.clock.nowSeconds() + mostAheadSeconds;
  }

  private secondsUntilRoom(live: readonly ActiveToken[]): number {
    const soonestMs = Math.min(...live.map((token) => token.expiresAt.getTime()));
    return Math.max(1, Math.ceil((soonestMs - this.clock.nowMs()) / 1000));
  }
}

/** What was asked for, by which the same request is known again. */
function requestOf({ scopes, audiences, subject, ttlSeconds }: TokenOrder): string {
  return JSON.stringify([scopes, audiences, subject, ttlSeconds]);
}

/** Whether the token `t` has expired or was revoked in whatever way. */
function isDead(at: string, generation: string, credentials: string): string {
  return `(t.expires_at <= ${at} or t.generation <> ${generation}
    or t.credential_id <> all(${credentials}::uuid[]) or exists (select 1 from revoked_token r where r.jti = t.jti))`;
}
