// A process of its own that uses the embedded PostgreSQL; its parent may kill it at any moment.
import { EmbeddedPostgresError, startEmbeddedPostgres } from '#libs/database/embedded';
import type { ChildReport } from './child.js';

const [dataDir = '', durable] = process.argv.slice(2);
const report = (message: ChildReport) => process.send?.(message);

try {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: durable === 'durable' });
  process.on('SIGINT', () => report({ kind: 'interrupted' }));
  process.on('message', async () => {
    await postgres.stop();
    report({ kind: 'stopped' });
    process.disconnect();
  });
  report({ kind: 'started', adminUrl: postgres.adminUrl, port: postgres.port });
} catch (error) {
  const problem = error instanceof EmbeddedPostgresError ? error.problem : 'unexpected';
  report({ kind: 'failed', problem, message: error instanceof Error ? error.message : String(error) });
  process.disconnect();
}
