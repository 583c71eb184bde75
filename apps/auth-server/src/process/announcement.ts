import type { Settings } from '#libs/common';
import type { OperatorAccess } from '#libs/credentials';

/** Tells a person where the server is, and the operator's secret the one time that it is known. */
export function announce(settings: Settings, operator: OperatorAccess | undefined): void {
  // Not through the log, which is kept and shipped: it must never hold a secret.
  if (!operator && settings.logFormat !== 'pretty') return;
  const here = addressOf(settings);
  const lines = ['', `  Clientele is ready at ${here}`, `  API documentation: ${here}/docs`, ''];
  if (operator) lines.push(...operatorLines(operator, here), '');
  process.stderr.write(`${lines.join('\n')}\n`);
}

function operatorLines({ clientId, secret, isChosen }: OperatorAccess, here: string): string[] {
  // A secret of the operator's own choice need not be shown; the shell fills it in.
  const shown = isChosen ? '$BOOTSTRAP_CLIENT_SECRET' : secret;
  const login = isChosen ? `${inShell(`${clientId}:`)}"${shown}"` : inShell(`${clientId}:${secret}`);
  return [
    '  The operator client, shown this once:',
    `    client id      ${clientId}`,
    `    client secret  ${shown}`,
    '',
    '  Get a token with it:',
    `    curl -s -u ${login} -d grant_type=client_credentials ${here}/oauth/token`,
  ];
}

/** A text as one word of a shell's command line. */
function inShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** An address that works on this machine also when the server listens on all of them. */
function addressOf({ host, port }: Settings): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
