import { type EmbeddedPostgres, startEmbeddedPostgres } from '#libs/database/embedded';
import { Scratch } from '../../embedded/support/scratch.js';
import { prepareTemplate } from '../../support/template.js';
import type { SmallDisk } from './small-disk.js';

/** A PostgreSQL server that a test file may kill, with a template database to clone. */
export interface OwnCluster {
  readonly dataDir: string;
  readonly postgres: EmbeddedPostgres;
  stop(): Promise<void>;
}

/**
 * Starts a supervised cluster, as the server itself does, and has `startServer` clone its databases there: so only for
 * a test file with a process of its own.
 *
 * @param disk where it lies, if that is to be small
 */
export async function startOwnCluster(maxConnections: number, disk?: SmallDisk): Promise<OwnCluster> {
  const scratch = new Scratch();
  const dataDir = disk?.directory ?? scratch.directory();
  const postgres = await startEmbeddedPostgres({ dataDir, maxConnections });
  process.env['TEST_CLUSTER_URL'] = postgres.adminUrl;
  process.env['TEST_TEMPLATE'] = await prepareTemplate(postgres.adminUrl);
  return {
    dataDir,
    postgres,
    stop: async () => {
      await postgres.stop();
      scratch.remove();
    },
  };
}
