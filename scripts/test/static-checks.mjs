import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const checksAtOnce = 2;

/** Every check that needs no running code. The ones that take longest come first. */
function listChecks(root) {
  const tool = (name) => join(root, 'node_modules', '.bin', name);
  const generator = join(root, 'dist', 'apps', 'auth-server', 'src', 'generate-docs.js');
  const hasDocument = existsSync(join(root, 'docs', 'openapi.json'));
  return [
    ['types', tool('tsc'), ['-p', '.', '--noEmit', '--tsBuildInfoFile', 'dist/.types.tsbuildinfo']],
    ['unused', tool('knip'), []],
    [
      'architecture',
      tool('depcruise'),
      ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'test', 'ormconfig.ts'],
    ],
    ['format and lint', tool('biome'), ['check', '--error-on-warnings', '.']],
    ...(hasDocument ? [['openapi', tool('redocly'), ['lint', 'docs/openapi.json']]] : []),
    ...(hasDocument && existsSync(generator)
      ? [['generated files', process.execPath, [generator, '--check']]]
      : []),
  ];
}

/**
 * Runs the checks, two at a time, and prints a line for each and the whole output of one that fails.
 *
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runStaticChecks(root, signal) {
  const waiting = listChecks(root);
  const counts = { passed: 0, failed: 0 };
  const work = async () => {
    for (let check = waiting.shift(); check && !signal.aborted; check = waiting.shift()) {
      const { isGood, output, seconds } = await runCheck(root, check, signal);
      counts[isGood ? 'passed' : 'failed']++;
      console.log(`${isGood ? 'ok  ' : 'FAIL'} ${seconds.padStart(6)} s  ${check[0]}`);
      if (!isGood) console.log(output.replace(/^/gm, '    '));
    }
  };
  await Promise.all(Array.from({ length: checksAtOnce }, work));
  return counts;
}

function runCheck(root, [, command, args], signal) {
  const startedAt = Date.now();
  const env = {
    ...process.env,
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    NO_COLOR: '1',
  };
  return new Promise((resolve) => {
    execFile(command, args, { cwd: root, env, signal, maxBuffer: 50_000_000 }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim() || String(error ?? '');
      resolve({ isGood: !error, output, seconds: ((Date.now() - startedAt) / 1000).toFixed(1) });
    });
  });
}
