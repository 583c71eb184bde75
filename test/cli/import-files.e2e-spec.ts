import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createOrganization } from '../support/fixtures.js';
import { startServer, type TestServer } from '../support/server.js';
import { environmentOf, runCommandLine } from './support/command-line.js';

describe('import of a file that is not what it should be', () => {
  let server: TestServer;
  let customerId: string;
  let directory: string;
  const at = (name: string) => join(directory, name);
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'clientele-import-'));
    server = await startServer();
    ({ customerId } = await createOrganization(server));
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    await server.close();
  });

  describe('exit status 1', () => {
    const file = (name: string, content: string | Buffer) => () => {
      writeFileSync(at(name), content);
      return at(name);
    };
    const secret = 'never-repeat-this-secret';
    const unreadable: readonly (readonly [
      kind: string,
      path: () => string,
      complaint: RegExp,
      more?: string[],
    ])[] = [
      ['csv', () => at('none.csv'), /none\.csv cannot be read \(ENOENT\)\.$/],
      ['csv', file('latin1.csv', Buffer.from('client_id\ncaf\xe9', 'latin1')), /is no text in UTF-8\.$/],
      ['csv', file('open.csv', `client_id,secret\na,"${secret}`), /line 2: a quote is not closed\.$/],
      ['csv', file('quote.csv', `client_id,secret\na,${secret}"`), /line 2: a cell with a quote must stand/],
      [
        'csv',
        file('head.csv', 'client,secret\n'),
        /line 1: the head must name no other columns than client_id,/,
      ],
      [
        'keycloak',
        file('broken.json', `{"clients": [\n{"secret": "${secret}",}]}`),
        /broken\.json is no JSON/,
      ],
      ['keycloak', file('other.json', '{"realm": "x"}'), /does not hold a realm with clients\.$/],
      [
        'hydra',
        file('types.json', '[{"client_id": 5}, {}]'),
        /^\[0\]: client_id must be a string\n\[1\]: client_id must not/,
      ],
      ['csv', file('role.csv', 'client_id\nx'), /^--role ROLE_NONE must be a role/, ['--role', 'ROLE_NONE']],
    ];
    it('tells what is wrong with a file in a line of its own, and repeats nothing of it', async () => {
      for (const [kind, path, complaint, more = []] of unreadable) {
        const { exitCode, stdout, stderr } = await runCommandLine(
          ['import', kind, path(), '--organization', customerId, ...more],
          { env: environmentOf(server.database.url) },
        );
        assert.deepEqual([exitCode, stdout], [1, ''], stderr);
        assert.match(stderr.trim(), complaint);
        assert.ok(!stderr.includes(secret));
      }
    });
  });
});
