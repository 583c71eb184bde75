import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Starts the PostgreSQL of the test run, or takes the one of TEST_DATABASE_URL, and prepares the template that the
 * test files clone. Test processes find both in their environment.
 *
 * @returns {Promise<() => Promise<void>>} removes everything again
 */
export async function startDatabaseServer(root, directory) {
  const server = process.env.TEST_DATABASE_URL
    ? { adminUrl: process.env.TEST_DATABASE_URL, stop: async () => {} }
    : await startThrowAwayCluster(directory);
  try {
    const { prepareTemplate, dropTemplate } = await import(join(root, 'dist/test/support/template.js'));
    const template = await prepareTemplate(server.adminUrl);
    process.env.TEST_CLUSTER_URL = server.adminUrl;
    process.env.TEST_TEMPLATE = template;
    return async () => {
      // A server that is thrown away takes its databases along.
      if (process.env.TEST_DATABASE_URL) await dropTemplate(server.adminUrl, template);
      await server.stop();
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startThrowAwayCluster(directory) {
  const { startEmbeddedPostgres } = await import('#libs/database/embedded');
  const dataDir = join(directory, 'postgres');
  await mkdir(dataDir, { mode: 0o711 });
  // Each test process may run several servers, with a pool each.
  return startEmbeddedPostgres({ dataDir, durable: false, maxConnections: 300, supervise: false });
}
