import { DomainError } from '#libs/common';
import { EnvironmentError } from '../environment.js';
import { errorFacts } from '../http/logging/redaction.js';
import { databaseFault, sqlStateOf } from '../http/problems/database-fault.js';

/** How the command line names what the API calls otherwise. */
const optionOfField: Readonly<Record<string, string>> = {
  id: '<customerId>',
  name: '--name',
  description: '--description',
  tenants: '--tenant',
  clientId: '<clientId>',
  clientName: '--name',
  clientDescription: '--description',
  authorizedGrantTypes: '--grant-type',
  clientAuthenticationMethods: '--auth-method',
  scope: '--scope',
  'clientPermissions.roles': '--role',
  alg: '<alg>',
};

/** What the operator gave does not fit the data. */
const errorsForOperator = new Set(['DatabaseRoleError', 'EmbeddedPostgresError', 'PepperError', 'SealError']);

/** What went wrong, for whoever typed the command: no stack, no SQL, no secret. */
export function explain(error: unknown): string {
  if (error instanceof DomainError) return explainDomainError(error);
  if (error instanceof EnvironmentError) return explainEnvironment(error);
  if (errorsForOperator.has((error as Error | undefined)?.name ?? '')) return (error as Error).message;
  const state = sqlStateOf((error as { driverError?: unknown })?.driverError ?? error);
  if (state?.startsWith('28') || state?.startsWith('3D'))
    return `The database refuses the connection (SQLSTATE ${state}). Check DATABASE_URL.`;
  if (databaseFault(error) === 'unavailable') return 'The database cannot be reached.';
  const facts = errorFacts(error) as { type: string; message?: string };
  return `Unexpected ${facts.type}: ${facts.message ?? 'no more is known'}`;
}

function explainEnvironment({ problems }: EnvironmentError): string {
  return problems
    .map(({ variable, shown, complaint }) => [variable, shown, complaint].filter(Boolean).join(' '))
    .map((sentence) => `${sentence}.`)
    .join(' ');
}

function explainDomainError({ message, issues }: DomainError): string {
  if (issues.length === 0) return message;
  return `${message} ${issues.map((issue) => `${nameOf(issue.path)} ${issue.message}`).join('; ')}`;
}

/** `clientPermissions.roles.ROLE_X[0]` → `--role ROLE_X`: the names of the options, without positions. */
function nameOf(path: string): string {
  const plain = path.replace(/\[\d+\]/g, '');
  const field = Object.keys(optionOfField).find((name) => plain === name || plain.startsWith(`${name}.`));
  return field ? `${optionOfField[field]}${plain.slice(field.length).replace('.', ' ')}` : plain;
}
