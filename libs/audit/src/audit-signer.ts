import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, Sealer } from '#libs/common';
import { Transactions } from '#libs/database';
import { serverChain } from './audit-chain.entity.js';
import { AuditKey } from './audit-key.entity.js';
import { type Actor, AuditLog } from './audit-log.js';
import { canonicalJson } from './canonical.js';

const sealPurpose = 'audit-key';

/** What a signature stands under. */
export interface Signed {
  readonly kid: string;
  readonly signature: Buffer;
}

/**
 * Signs statements about the audit log with a key of its own (Ed25519, RFC 8032), sealed under the master key: who can
 * write to the database alone can make no signature, and no key that would be believed.
 */
@Injectable()
export class AuditSigner {
  private readonly opened = new Map<string, KeyObject>();

  constructor(
    private readonly transactions: Transactions,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Signs the canonical form of a statement, which names the key.
   *
   * @throws SealError when the key does not open: it then makes no new one, for old signatures could not be checked
   */
  async sign(statementFor: (kid: string) => object): Promise<Signed> {
    const { kid, privateKey } = await this.current();
    return { kid, signature: sign(null, Buffer.from(canonicalJson(statementFor(kid))), privateKey) };
  }

  /** Whether a key of this server signed exactly this statement. */
  async isSigned(statement: object, { kid, signature }: Signed): Promise<boolean> {
    const privateKey = await this.open(kid);
    if (!privateKey) return false;
    return verify(null, Buffer.from(canonicalJson(statement)), createPublicKey(privateKey), signature);
  }

  /** The public keys (RFC 8032, 32 bytes) by their names, for whoever checks an export elsewhere. */
  async publicKeys(): Promise<{ kid: string; publicKey: Buffer }[]> {
    const keys = await this.all();
    const opened = await Promise.all(keys.map(async ({ kid }) => ({ kid, key: await this.open(kid) })));
    return opened.flatMap(({ kid, key }) => (key ? [{ kid, publicKey: rawPublicKey(key) }] : []));
  }

  /** Seals the keys anew under the first master key. @returns how many were not under it */
  async rewrap(actor: Actor): Promise<number> {
    let count = 0;
    for (const { kid, sealedPrivateKey } of await this.all()) {
      if (this.sealer.isCurrent(sealedPrivateKey)) continue;
      const sealed = this.sealer.seal(sealPurpose, kid, this.sealer.open(sealPurpose, kid, sealedPrivateKey));
      const isDone = await this.transactions.run('platform', async (transaction) => {
        const changes = { sealedPrivateKey: sealed };
        const { affected } = await transaction.manager.update(AuditKey, { kid, sealedPrivateKey }, changes);
        if (!affected) return false;
        await this.audit.record(transaction, actor, {
          organizationId: serverChain,
          action: 'audit_key.rewrapped',
          targetType: 'audit_key',
          targetId: kid,
          details: { masterKey: this.sealer.currentKeyId },
        });
        return true;
      });
      if (isDone) count++;
    }
    return count;
  }

  private async current(): Promise<{ kid: string; privateKey: KeyObject }> {
    let [key] = await this.all();
    if (!key) {
      await this.make();
      [key] = await this.all();
    }
    if (!key) throw new Error('There is no key of the audit log.');
    const privateKey = this.openKey(key);
    return { kid: key.kid, privateKey };
  }

  private async open(kid: string): Promise<KeyObject | undefined> {
    const known = this.opened.get(kid);
    if (known) return known;
    const key = await this.transactions.read('platform', (manager) => manager.findOneBy(AuditKey, { kid }));
    try {
      return key ? this.openKey(key) : undefined;
    } catch {
      return undefined;
    }
  }

  private openKey({ kid, sealedPrivateKey }: AuditKey): KeyObject {
    const known = this.opened.get(kid);
    if (known) return known;
    const der = this.sealer.open(sealPurpose, kid, sealedPrivateKey);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    this.opened.set(kid, privateKey);
    return privateKey;
  }

  private async make(): Promise<void> {
    const { privateKey } = generateKeyPairSync('ed25519');
    const publicKey = rawPublicKey(privateKey);
    const kid = createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
    const sealedPrivateKey = this.sealer.seal(
      sealPurpose,
      kid,
      privateKey.export({ format: 'der', type: 'pkcs8' }),
    );
    await this.transactions.run('platform', async ({ manager }) => {
      await manager.query(`select pg_advisory_xact_lock(hashtext('clientele audit key'))`);
      if (await manager.existsBy(AuditKey, {})) return;
      await manager.insert(AuditKey, { kid, publicKey, sealedPrivateKey, createdAt: this.clock.now() });
    });
  }

  private all(): Promise<AuditKey[]> {
    return this.transactions.read('platform', (manager) =>
      manager.find(AuditKey, { order: { createdAt: 'DESC' } }),
    );
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(String(createPublicKey(key).export({ format: 'jwk' }).x), 'base64url');
}
