import { printCheckpoints } from './audit/checkpoints.command.js';
import { exportAudit } from './audit/export.command.js';
import { verifyAudit } from './audit/verify.command.js';
import { createClient } from './client/create.command.js';
import type { Command } from './command.js';
import { importCommands } from './import/import.command.js';
import { showKeyStatus } from './key/status.command.js';
import { resetOperatorSecret } from './operator/reset-secret.command.js';

import { createOrganization } from './organization/create.command.js';
import { checkSecret } from './secret/check.command.js';
import { activateSigningKey } from './signing-key/activate.command.js';
import { announceSigningKey } from './signing-key/announce.command.js';
import { listSigningKeys } from './signing-key/list.command.js';
import { retireSigningKey } from './signing-key/retire.command.js';
import { rewrapSigningKeys } from './signing-key/rewrap.command.js';
import { rotateSigningKey } from './signing-key/rotate.command.js';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  createOrganization,
  createClient,
  ...importCommands,
  listSigningKeys,
  announceSigningKey,
  activateSigningKey,
  retireSigningKey,
  rotateSigningKey,
  rewrapSigningKeys,
  showKeyStatus,
  resetOperatorSecret,
  exportAudit,
  verifyAudit,
  printCheckpoints,
  checkSecret,
];
