import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { createApplication } from '#app/application';
import { compose } from '#app/composition';
import { parseEnvironment } from '#app/environment';
import { startEmbeddedPostgres } from '#libs/database/embedded';
import { populate } from '#test/support/population';

/*
 * Our server on a database with as many clients as are asked for: it is filled at the first start, and measured from the
 * second one on. Tells how long its start took, and when it is asked what it keeps in memory: how much, or
 * each object, in a file.
 */

const [directory = '', organizations = '10', registryMaxClients = '10000'] = process.argv.slice(2);
const pepper = Buffer.alloc(32, 'pepper of the benchmark');
const dataDir = join(directory, 'data');
const postgres = await startEmbeddedPostgres({ dataDir });
const settings = parseEnvironment({
  DATA_DIR: dataDir,
  MASTER_KEY: Buffer.alloc(32, 'master key of the benchmark').toString('base64'),
  SECRET_PEPPER: pepper.toString('base64'),
  BOOTSTRAP_CLIENT_ID: 'operator',
  BOOTSTRAP_CLIENT_SECRET: 'operator-secret-of-the-benchmark',
  REGISTRY_MAX_CLIENTS: registryMaxClients,
});
const composition = await compose(settings, postgres.adminUrl);
// Before the server works: it writes into the same audit log.
await fill();
const app = await createApplication(composition.module, settings);
await app.init();
await composition.bootstrap(app);
await app.listen(0, '127.0.0.1');
const readyMs = performance.now();
const rssAtStart = process.memoryUsage.rss();
const { port } = app.getHttpServer().address() as AddressInfo;
process.send?.({ port, readyMs, rssAtStart, databaseUrl: postgres.adminUrl });

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;
process.on('message', (question: 'memory' | { snapshotFile: string }) => {
  if (question === 'memory') {
    const rss = process.memoryUsage.rss();
    collectGarbage();
    process.send?.({ rss, heapUsed: process.memoryUsage().heapUsed });
  } else process.send?.(writeHeapSnapshot(question.snapshotFile));
});

process.on('disconnect', async () => {
  await app.close();
  await composition.close();
  await postgres.stop();
  process.exit(0);
});

async function fill(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query(`select from client where client_id = 'populated-1'`);
    if (rows.length > 0) return;
    const size = { organizations: Number(organizations), clientsPerOrganization: 100 };
    const tell = (table: string) =>
      process.stderr.write(`filled ${table} ${Math.round(performance.now() / 1000)} s\n`);
    await populate((sql) => client.query(sql), size, pepper, tell);
  } finally {
    await client.end();
  }
}
