import { basename } from 'node:path';
import type { DomainError, Issue } from '#libs/common';
import type { ImportedClient, ImportOutcome } from '#libs/credentials';
import { type Command, defineCommand, required } from '../command.js';
import { CommandError, UsageError } from '../command-error.js';
import type { Libraries } from '../libraries.js';
import { toGrants } from '../role-option.js';
import type { Terminal } from '../terminal.js';
import { ImportProgress } from './import-progress.js';
import { type ImportReport, printReport, writeReport } from './import-report.js';
import { parseJson, readTextFile } from './input-file.js';
import type { ReadSource } from './source.js';

/** A kind of file that clients can come from. */
interface SourceKind {
  readonly source: string;
  readonly summary: string;
  /** @throws CommandError for a file of another kind */
  read(path: string): Promise<ReadSource>;
}

const kinds: readonly SourceKind[] = [
  {
    source: 'keycloak',
    summary: 'Import the clients with service accounts from the export of a Keycloak realm.',
    read: async (path) =>
      readJson(path, (await import('./keycloak.js')).readKeycloak, 'a realm with clients'),
  },
  {
    source: 'hydra',
    summary: 'Import clients from a list of Ory Hydra, or from the JSON of its table.',
    read: async (path) => readJson(path, (await import('./hydra.js')).readHydra, 'a list of clients'),
  },
  {
    source: 'auth0',
    summary: 'Import the machine-to-machine applications of an Auth0 tenant.',
    read: async (path) => readJson(path, (await import('./auth0.js')).readAuth0, 'a list of clients'),
  },
  {
    source: 'csv',
    summary: 'Import clients from a table, with secrets or hashes of them.',
    read: readCsvFile,
  },
];

const details = [
  'Client ids and secrets are kept. All clients of the file are written, or none. Secrets in clear are hashed at once;',
  'hashes (bcrypt, PBKDF2, scrypt, argon2id) verify as they are and are replaced at their first use. A client that an',
  'earlier import made of the same entry stays as it is. No secret is printed or written to the report.',
].join('\n');

const options = {
  organization: { type: 'string', value: '<customerId>', sentence: 'Whose clients they become. Required.' },
  'dry-run': { type: 'boolean', sentence: 'Do everything but the commit.' },
  role: {
    type: 'string',
    multiple: true,
    value: '<ROLE[=tenant,…]>',
    sentence: 'A role for each of them, with its tenants.',
  },
  'auth-method': {
    type: 'string',
    multiple: true,
    value: '<method>',
    sentence: 'How they may prove themselves, whatever the file says.',
  },
  'admin-scopes': {
    type: 'boolean',
    sentence: 'Take scopes that give rights on this server itself, which are refused otherwise.',
  },
  report: { type: 'string', value: '<file>', sentence: 'Write the whole report there, as JSON.' },
} as const;

/** One command for each kind of file. */
export const importCommands: readonly Command[] = kinds.map((kind) => {
  const name = `import ${kind.source}`;
  return defineCommand({
    name,
    operands: ['<file>'],
    summary: kind.summary,
    details,
    options,
    async run({ values, operands: [operand], open, terminal }) {
      const path = required(operand);
      const { organization, 'dry-run': isDryRun, 'auth-method': methods } = values;
      if (!organization) throw new UsageError('--organization is missing.', name);
      const roles = toGrants(values.role, name);
      const read = await kind.read(path);
      const job: ImportJob = {
        facts: { source: kind.source, file: basename(path), organization, isDryRun },
        clients: read.clients.map((client) => changed(client, roles, methods)),
        takesAuthorityScopes: values['admin-scopes'],
      };
      const result =
        read.issues.length > 0 ? refused(read.issues) : await importAll(await open(), job, terminal);
      const isCreated = new Set(result.created.map(({ clientId }) => clientId));
      const notices = read.notices.filter(({ clientId }) => isCreated.has(clientId));
      const warnings = [...notices, ...result.notices];
      const { skipped } = read;
      const { outcome, created, unchanged, errors } = result;
      const report = { ...job.facts, outcome, created, unchanged, skipped, warnings, errors };
      if (values.report !== undefined) await writeReport(report, values.report);
      printReport(terminal, report);
      if (outcome === 'refused') throw new CommandError('Nothing was written: the file cannot be imported.');
    },
  });
});

/** What is to be imported, and how. */
interface ImportJob {
  readonly facts: Pick<ImportReport, 'source' | 'file' | 'organization' | 'isDryRun'>;
  readonly clients: readonly ImportedClient[];
  readonly takesAuthorityScopes: boolean;
}

type ImportResult = ImportOutcome & Pick<ImportReport, 'outcome' | 'errors'>;

async function importAll(
  { organizations, clientImport, caller }: Libraries,
  { facts, clients, takesAuthorityScopes }: ImportJob,
  terminal: Terminal,
): Promise<ImportResult> {
  const organization = await organizations.find(facts.organization);
  if (!organization) throw new CommandError('The customer does not exist.');
  // The modules of the surfaces tell which scopes give rights on them.
  await import('../../app.module.js');
  const progress = new ImportProgress(terminal);
  const { source, isDryRun } = facts;
  const onProgress = progress.show.bind(progress);
  try {
    const options = { source, isDryRun, takesAuthorityScopes, onProgress };
    const done = await clientImport.run(caller, organization, clients, options);
    const outcome = done.created.length === 0 ? 'unchanged' : isDryRun ? 'checked' : 'imported';
    return { ...done, outcome, errors: [] };
  } catch (error) {
    return refused(issuesOf(error));
  } finally {
    progress.end();
  }
}

function refused(errors: readonly Issue[]): ImportResult {
  return { outcome: 'refused', created: [], unchanged: [], notices: [], errors };
}

/** The issues of a refusal; the roles were given on the command line and not for one client. @throws what is none */
function issuesOf(error: unknown): readonly Issue[] {
  const { code, issues = [] } = error as Partial<DomainError>;
  if (code === 'import_refused') return issues;
  if (code !== 'unknown_role_or_tenant') throw error;
  return issues.map(({ path, message }) => ({
    path: path.replace(/^.*?\.roles\.([^[]*).*$/, '--role $1'),
    message,
  }));
}

function changed(
  client: ImportedClient,
  roles: Record<string, string[]>,
  methods: readonly string[],
): ImportedClient {
  const authenticationMethods = methods.length > 0 ? [...methods] : client.draft.authenticationMethods;
  return { ...client, draft: { ...client.draft, roles, authenticationMethods } };
}

async function readJson(
  path: string,
  read: (content: unknown) => ReadSource | undefined,
  what: string,
): Promise<ReadSource> {
  const found = read(parseJson(await readTextFile(path), path));
  if (!found) throw new CommandError(`${path} does not hold ${what}.`);
  return found;
}

async function readCsvFile(path: string): Promise<ReadSource> {
  const [{ readCsv }, { CsvError }] = await Promise.all([import('./csv.js'), import('./csv-parser.js')]);
  const content = await readTextFile(path);
  try {
    return readCsv(content);
  } catch (error) {
    if (error instanceof CsvError) throw new CommandError(`${path}: ${error.message}.`);
    throw error;
  }
}
