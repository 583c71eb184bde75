import { AuditEvent, chainHash } from '#libs/audit';
import { Transactions } from '#libs/database';
import type { TestServer } from '#test/support/server';

/** Chains an organization's events anew, as somebody could who has the database and no key. */
export async function rehash(server: TestServer, organizationId: string): Promise<void> {
  let hash: Buffer = Buffer.alloc(32);
  const transactions = server.app.get(Transactions, { strict: false });
  const events = await transactions.read({ organizationId }, (manager) =>
    manager.find(AuditEvent, { where: { organizationId } }),
  );
  events.sort((a, b) => Number(a.sequence) - Number(b.sequence));
  for (const { hash: _, ...facts } of events) {
    hash = chainHash(hash, facts);
    await server.database.query(
      'update audit_event set hash = $3 where organization_id = $1 and sequence = $2',
      [organizationId, facts.sequence, hash],
    );
  }
  await server.database.query('update audit_chain set hash = $2 where organization_id = $1', [
    organizationId,
    hash,
  ]);
}
