// The one test command. `npm test` builds, checks what can be checked without running, and runs every test file on a
// throw-away PostgreSQL; `npm test -- tokens` runs the test files whose path contains the word and nothing else;
// `npm test -- --only-static` runs the checks alone; `npm run test:faults` runs the long and destructive tests, one
// after the other. TEST_DATABASE_URL makes it use that server.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDatabaseServer } from './test/database-server.mjs';
import { runProcess } from './test/run-process.mjs';
import { runStaticChecks } from './test/static-checks.mjs';
import { findTestFiles, hasUnclaimed, writeProcess } from './test/test-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const onlyStatic = process.argv.includes('--only-static');
const faults = process.argv.includes('--faults');
// The long runs measure, and break what they share: they have the machine for themselves. The others wait a third of
// their time for timers and processes, in which two cores serve more than two of them.
const processesAtOnce = faults ? 1 : 3;
const patienceMs = faults ? 1_800_000 : 120_000;
const total = { passed: 0, failed: 0 };

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interruption.abort());

/** Prints the line of a test file, and for each failure where it is and why. */
function reportFile({ source, passed, skipped, failures, milliseconds, output }) {
  total.passed += passed;
  total.failed += failures.length;
  const counts = [
    `${passed} passed`,
    ...(skipped ? [`${skipped} skipped`] : []),
    ...(failures.length ? [`${failures.length} failed`] : []),
  ].join(', ');
  const seconds = (milliseconds / 1000).toFixed(1).padStart(6);
  console.log(`${failures.length ? 'FAIL' : 'ok  '} ${seconds} s  ${source}  (${counts})`);
  for (const { path, description } of failures)
    console.log(`\n  ${source}${path && ` > ${path}`}\n${description.replace(/^/gm, '    ')}\n`);
  // What the long runs measured is worth reading when they pass as well.
  if ((failures.length || faults) && output) console.log(`  Its output:\n${output.replace(/^/gm, '  | ')}\n`);
}

/** Runs the files, several processes at a time; long-running ones, which stand alone, come first. */
async function runTestFiles(files, directory) {
  const claims = join(directory, 'claims');
  await mkdir(claims);
  const left = new Set(files.map(({ source }) => source));
  const report = (result) => {
    left.delete(result.source);
    reportFile(result);
  };
  let number = 0;
  const run = async (some) =>
    runProcess(
      await writeProcess(directory, ++number, some, claims),
      interruption.signal,
      patienceMs,
      report,
    );
  const [alone, shared] = [true, false].map((own) => files.filter((file) => file.needsOwnProcess === own));
  const work = async () => {
    for (let file = alone.shift(); file && !interruption.signal.aborted; file = alone.shift())
      await run([file]);
    // One is enough, unless a file ends it.
    for (let more = shared.length; more > 0 && hasUnclaimed(shared, claims); more--)
      if (!interruption.signal.aborted) await run(shared);
  };
  await Promise.all(Array.from({ length: processesAtOnce }, work));
  if (interruption.signal.aborted || left.size === 0) return;
  throw new Error(`No process reported ${[...left].join(', ')}.`);
}

/** Runs the files on a database server that lives as long as they need it. */
async function testWithDatabase(files) {
  const directory = await mkdtemp(join(tmpdir(), 'clientele-test-'));
  let stopServer = async () => {};
  try {
    // Root's PostgreSQL runs as another user, who must be able to pass through.
    await chmod(directory, 0o711);
    stopServer = await startDatabaseServer(root, directory);
    await runTestFiles(files, directory);
  } finally {
    await stopServer();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs the checks, which count as tests when there are no others. */
async function check() {
  const checks = await runStaticChecks(root, interruption.signal);
  total.failed += checks.failed;
  if (onlyStatic) total.passed += checks.passed;
}

try {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  // Errors of compiled code are reported where their source is; room for young objects saves a sixth of the time that
  // a process computes. The test processes inherit both.
  process.execArgv.push('--enable-source-maps', '--max-semi-space-size=64');
  process.setSourceMapsEnabled(true);
  const files = onlyStatic ? [] : await findTestFiles(root, words, faults);
  if (words.length > 0 && files.length === 0)
    console.log(`There is no test file with ${words.join(' or ')} in its path.`);
  await Promise.all([words.length === 0 && !faults && check(), files.length > 0 && testWithDatabase(files)]);
  if (interruption.signal.aborted) console.log('Interrupted.');
} catch (error) {
  console.error(error);
  total.failed++;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 || interruption.signal.aborted ? 1 : 0);
