import { EnvironmentError } from '../environment.js';

/** What the operator gave does not fit the data; told by name, for their classes are not loaded yet. */
const errorsForOperator = new Set(['DatabaseRoleError', 'EmbeddedPostgresError', 'PepperError', 'SealError']);

/** One line for what an operator can mend; a stack for the rest. */
export function explainStartFailure(error: unknown): string {
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${address} is in use by another process. Set PORT to another one.`;
  if (code === 'EACCES' && port) return `Port ${port} needs more rights. Set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `The address ${address} does not belong to this machine. Check HOST.`;
  const isForOperator =
    error instanceof EnvironmentError || errorsForOperator.has((error as Error | undefined)?.name ?? '');
  if (error instanceof Error) return isForOperator ? error.message : (error.stack ?? error.message);
  return String(error);
}
