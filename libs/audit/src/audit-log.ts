import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '#libs/common';
import type { Transaction } from '#libs/database';
import { AuditEvent } from './audit-event.entity.js';
import { type AuditFacts, chainHash, chainStart } from './canonical.js';

/** Who acts, as far as the audit log is concerned. */
export interface Actor {
  readonly name: string;
  readonly credentialId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
}

/** What happened. Details hold names and settings, never a secret or a hash of one. */
export interface AuditEntry {
  readonly organizationId: string;
  readonly action: string;
  readonly targetType: string;
  readonly targetId: string;
  readonly details?: object;
}

/** The events and the new head of their chain at once. */
const appendSql = `
  with head as (
    update audit_chain set sequence = $2, hash = $3, latest_at = greatest(latest_at, $5::timestamptz),
      most_late = greatest(most_late, latest_at - $5::timestamptz, interval '0')
    where organization_id = $1)
  insert into audit_event (organization_id, sequence, occurred_at, action, actor, actor_credential_id, address,
    request_id, target_type, target_id, details, hash)
  select $1, e.sequence, e."occurredAt", e.action, e.actor, e."actorCredentialId", e.address, e."requestId",
    e."targetType", e."targetId", e.details, e.hash
  from jsonb_to_recordset($4::jsonb) as e (sequence bigint, "occurredAt" timestamptz, action text, actor text,
    "actorCredentialId" uuid, address text, "requestId" text, "targetType" text, "targetId" text, details jsonb, hash bytea)`;

/** Writes what happened in the same transaction as the change itself, chained per organization. */
@Injectable()
export class AuditLog {
  constructor(private readonly clock: Clock) {}

  /** Records one event; the change and its event are committed together or not at all. */
  async record(transaction: Transaction, actor: Actor, entry: AuditEntry): Promise<void> {
    await this.recordAll(transaction, actor, [entry]);
  }

  /** Records several events of one organization in their order. */
  async recordAll(transaction: Transaction, actor: Actor, entries: readonly AuditEntry[]): Promise<void> {
    const organizationId = entries[0]?.organizationId;
    if (!organizationId) return;
    const { manager } = transaction;
    const head = (await lockHead(manager, organizationId)) ?? (await beginChain(manager, organizationId));
    const occurredAt = this.clock.now();
    const events: AuditEvent[] = [];
    let { sequence, hash } = head;
    for (const entry of entries) {
      sequence += 1n;
      const facts = factsOf(actor, entry, sequence, occurredAt);
      hash = chainHash(hash, facts);
      events.push({ ...facts, hash });
    }
    const rows = events.map((event) => ({ ...event, hash: `\\x${event.hash.toString('hex')}` }));
    transaction.send(
      manager.query(appendSql, [organizationId, sequence.toString(), hash, JSON.stringify(rows), occurredAt]),
    );
  }
}

function factsOf(actor: Actor, entry: AuditEntry, sequence: bigint, occurredAt: Date): AuditFacts {
  return {
    organizationId: entry.organizationId,
    sequence: sequence.toString(),
    occurredAt,
    action: entry.action,
    actor: actor.name,
    actorCredentialId: actor.credentialId,
    address: actor.address,
    requestId: actor.requestId,
    targetType: entry.targetType,
    targetId: entry.targetId,
    details: entry.details ?? {},
  };
}

interface Head {
  readonly sequence: bigint;
  readonly hash: Buffer;
}

async function lockHead(manager: EntityManager, organizationId: string): Promise<Head | undefined> {
  const [head] = await manager.query<{ sequence: string; hash: Buffer }[]>(
    'select sequence, hash from audit_chain where organization_id = $1 for no key update',
    [organizationId],
  );
  return head && { sequence: BigInt(head.sequence), hash: head.hash };
}

/** For the first event of an organization; whoever comes at the same time waits here. */
async function beginChain(manager: EntityManager, organizationId: string): Promise<Head> {
  await manager.query(
    'insert into audit_chain (organization_id, sequence, hash) values ($1, 0, $2) on conflict do nothing',
    [organizationId, chainStart],
  );
  const head = await lockHead(manager, organizationId);
  if (!head) throw new Error('The audit chain has no head.');
  return head;
}
