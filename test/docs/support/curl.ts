import { parseArgs } from 'node:util';
import { basicHeader } from '../../support/http-client.js';

/*
 * Stands in for curl on machines that have none, as far as README.md uses it: -u, -d, -H, -s, -o /dev/null and
 * -w '%{http_code}\n'.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    user: { type: 'string', short: 'u' },
    data: { type: 'string', short: 'd' },
    header: { type: 'string', short: 'H', multiple: true },
    output: { type: 'string', short: 'o' },
    'write-out': { type: 'string', short: 'w' },
  },
});
const { user, data, header = [], output } = values;
const headers = new Headers(header.map((line) => line.split(/: (.*)/s, 2) as [string, string]));
if (user) headers.set('authorization', basicHeader(...(user.split(/:(.*)/s, 2) as [string, string])));
if (data && !headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded');
const method = data === undefined ? 'GET' : 'POST';
const answer = await fetch(positionals[0] as string, {
  method,
  headers,
  ...(data !== undefined && { body: data }),
});
const text = await answer.text();
if (output === undefined) process.stdout.write(text);
process.stdout.write(
  (values['write-out'] ?? '').replaceAll('%{http_code}', String(answer.status)).replaceAll('\\n', '\n'),
);
