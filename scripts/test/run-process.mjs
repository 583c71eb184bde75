import { run } from 'node:test';
import { inspect } from 'node:util';

const keptOutputCharacters = 20_000;

/**
 * Runs test files in a process of its own and reports each of them when it is done.
 *
 * @param {string} path the module that runs them
 * @param {AbortSignal} signal ends the process
 * @param {number} patienceMs a test that reports nothing for so long hangs
 * @param {(file: object) => void} report called with source, passed, skipped, failures and milliseconds of each file
 */
export async function runProcess(path, signal, patienceMs, report) {
  const reader = new ProcessReader(path, patienceMs, report);
  const hung = new AbortController();
  const patience = setTimeout(() => hung.abort(), patienceMs);
  try {
    const ends = AbortSignal.any([signal, hung.signal]);
    for await (const { type, data } of run({ files: [path], signal: ends })) {
      patience.refresh();
      reader.read(type, data);
    }
  } finally {
    clearTimeout(patience);
  }
  reader.close(hung.signal.aborted);
}

/** Makes results by file of the events of one process, whose tests stand three levels deep: file, suite, test. */
class ProcessReader {
  /** The names from the file down to the test that was started last. */
  names = [];
  /** Whether a test reported since the last one of each level; a test with tests below it is not a leaf. */
  hasReported = [];
  running = '';
  /** The files that began and are not done. */
  unfinished = new Set();

  constructor(path, patienceMs, report) {
    this.path = path;
    this.patienceMs = patienceMs;
    this.report = report;
    this.startFile();
  }

  startFile() {
    this.current = { passed: 0, skipped: 0, failures: [], output: '' };
  }

  read(type, data) {
    if (type === 'test:enqueue' && data.nesting === 0 && data.name !== this.path)
      this.unfinished.add(data.name);
    if (type === 'test:dequeue') this.running = data.name;
    if (type === 'test:start') this.names[data.nesting] = data.name;
    if (type === 'test:stdout' || type === 'test:stderr') this.keepOutput(data.message);
    if (type === 'test:diagnostic' && /asynchronous activity/.test(data.message))
      this.fail(data.nesting, data.message);
    if (type === 'test:pass' || type === 'test:fail') this.readResult(type === 'test:pass', data);
  }

  readResult(isPass, data) {
    const { name, nesting, details } = data;
    if (nesting === 0 && name === this.path) {
      // The process itself, which reports only when it ended badly; close() says so when files are missing.
      if (!isPass) this.processFailure = describeError(details.error);
      return;
    }
    const isLeaf = details.type !== 'suite' && !this.hasReported[nesting + 1];
    const hasFailedItself = !isPass && details.error?.failureType !== 'subtestsFailed';
    this.hasReported[nesting] = true;
    this.hasReported.length = nesting + 1;
    if (data.skip !== undefined || data.todo !== undefined) this.current.skipped++;
    else if (hasFailedItself) this.fail(nesting, describeError(details.error));
    else if (isPass && isLeaf) this.current.passed++;
    if (nesting === 0) this.finishFile(name, details.duration_ms);
  }

  fail(nesting, description) {
    this.current.failures.push({ path: this.names.slice(1, nesting + 1).join(' > '), description });
  }

  keepOutput(message) {
    this.current.output = (this.current.output + message).slice(-keptOutputCharacters);
  }

  finishFile(source, milliseconds) {
    this.unfinished.delete(source);
    this.report({ source, milliseconds, ...this.current });
    this.startFile();
    this.hasReported = [];
  }

  /** Makes a failure of what no test reports: a process that hung, ended early or would not end. */
  close(hasHung) {
    const wasLast = `"${this.running}" was started last`;
    if (hasHung) this.fail(0, `no test reported anything for ${this.patienceMs / 1000} s; ${wasLast}`);
    else if (this.current.failures.length === 0 && (this.processFailure || this.unfinished.size > 0))
      this.fail(0, `the process ended early or badly; ${wasLast}\n${this.processFailure ?? ''}`);
    if (this.current.failures.length > 0)
      this.finishFile([...this.unfinished].join(', ') || 'the process, after its tests', 0);
  }
}

function describeError(error) {
  const cause = error?.cause ?? error;
  return cause instanceof Error && cause.stack ? inspect(cause, { depth: 4 }) : inspect(cause);
}
