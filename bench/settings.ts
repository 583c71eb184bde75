import { randomBytes } from 'node:crypto';
import { parseEnvironment } from '#app/environment';
import type { Settings } from '#libs/common';

/** The settings of a server as it is run with nothing configured, its keys apart. */
export function benchSettings(dataDir: string): Settings {
  return parseEnvironment({
    DATA_DIR: dataDir,
    MASTER_KEY: randomBytes(32).toString('base64'),
    SECRET_PEPPER: randomBytes(32).toString('base64'),
  });
}
