import assert from 'node:assert/strict';
import { AuditCheckpoints, ChainVerifier } from '#libs/audit';
import { createOrganization } from '../../support/fixtures.js';
import type { TestServer } from '../../support/server.js';

/** How long, by how many, and how often the chain is sealed meanwhile. */
interface Load {
  readonly writers: number;
  readonly changesEach: number;
  readonly seals: number;
}

/**
 * Has many change one organization at once, on all servers, while its log is sealed now and then; and asserts that
 * every change that was answered is in the log, once, in a chain without a gap.
 *
 * @returns the id of the organization's chain, with some entries behind the last checkpoint
 */
export async function writeInParallel(servers: readonly TestServer[], load: Load): Promise<string> {
  const [server] = servers as [TestServer];
  const settings = { adminRateLimit: { requests: 1_000_000, seconds: 1 } };
  const { customerId, token } = await createOrganization(server, { settings });
  const path = `/oauth/customers/${customerId}/tenants`;
  const [{ id } = { id: '' }] = await server.database.query<{ id: string }>(
    'select id from organization where customer_id = $1',
    [customerId],
  );
  const seal = (by: TestServer) => by.app.get(AuditCheckpoints, { strict: false }).sealAll();
  let done = 0;
  const write = async (writer: number) => {
    for (let change = 0; change < load.changesEach; change++) {
      const at = servers[(writer + change) % servers.length] as TestServer;
      const json = { tenantId: `t-${writer}-${change}` };
      const { status, text } = await at.request('POST', path, { token, json });
      assert.equal(status, 201, text);
      done++;
    }
  };
  const inParallel = load.writers * load.changesEach;
  const sealNowAndThen = async () => {
    for (let count = 1; count <= load.seals; count++) {
      while (done < (inParallel * count) / (load.seals + 1))
        await new Promise((resolve) => setTimeout(resolve, 5));
      await Promise.all(servers.map(seal));
    }
  };
  await Promise.all([
    ...Array.from({ length: load.writers }, (_, writer) => write(writer)),
    sealNowAndThen(),
  ]);
  const sealed = async () => {
    const sql = 'select count(*)::integer from audit_checkpoint where organization_id = $1';
    return (await server.database.query<{ count: number }>(sql, [id]))[0]?.count ?? 0;
  };
  let writer = load.writers;
  // Quick writers are done before so many are.
  while ((await sealed()) < load.seals) {
    await write(writer++);
    await seal(server);
  }
  // These no checkpoint covers.
  await write(writer);
  const rows = await server.database.query<{ count: number; distinct: number }>(
    `select count(*)::integer as count, count(distinct target_id)::integer as distinct from audit_event
     where organization_id = $1 and action = 'tenant.created'`,
    [id],
  );
  assert.deepEqual(rows, [{ count: done, distinct: done }]);
  const verifier = server.app.get(ChainVerifier, { strict: false });
  const { damage, checked, head } = await verifier.verify({ organizationId: id });
  assert.deepEqual([damage, BigInt(checked)], [undefined, head.sequence]);
  return id;
}
