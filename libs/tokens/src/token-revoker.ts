import { Injectable } from '@nestjs/common';
import { type Actor, AuditLog } from '#libs/audit';
import type { RegisteredClient } from '#libs/credentials';
import { Transactions } from '#libs/database';
import { RevocationList } from './revocation-list.js';
import { TokenStatus } from './token-status.js';

/** Ends single tokens at the wish of the client whose they are (RFC 7009). */
@Injectable()
export class TokenRevoker {
  constructor(
    private readonly status: TokenStatus,
    private readonly revocations: RevocationList,
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Revokes the token. Does nothing, and tells nothing, when it is not alive or belongs to another client
   * (RFC 7009 §2.1, §2.2).
   */
  async revoke(caller: RegisteredClient, actor: Actor, token: string): Promise<void> {
    const live = await this.status.findLive(token);
    if (live?.client.id !== caller.id) return;
    const { jti, exp } = live.claims;
    const organizationId = caller.organization.id;
    await this.transactions.run({ organizationId }, async (transaction) => {
      const added = await this.revocations.add(transaction, { jti, organizationId, expiresAtSeconds: exp });
      if (!added) return;
      await this.audit.record(transaction, actor, {
        organizationId,
        action: 'token.revoked',
        targetType: 'token',
        targetId: jti,
        details: { clientId: caller.clientId },
      });
    });
  }
}
