import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOwnedName, isOwnerAlive } from './process-identity.js';

const USER = 'user-';

/** One handle on a running cluster; while any is registered by a live process, the cluster stays up. */
export interface ClusterUser {
  unregister(): void;
}

/** Writes the file that tells other processes that this one uses the cluster. */
export function registerClusterUser(directory: string): ClusterUser {
  const file = join(directory, USER + createOwnedName());
  writeFileSync(file, '', { mode: 0o600 });
  return { unregister: () => rmSync(file, { force: true }) };
}

/** Whether a live process uses the cluster; files of dead processes are swept away. */
export function hasClusterUsers(directory: string): boolean {
  let found = false;
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(USER)) {
      continue;
    }
    if (isOwnerAlive(name.slice(USER.length))) {
      found = true;
    } else {
      rmSync(join(directory, name), { force: true });
    }
  }
  return found;
}
