import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Importing Nest and TypeORM costs a process 0.6 s, so that files share one; more processes balance better. */
const filesPerBatch = 14;
const ownProcessMark = '// @own-process';

/**
 * The compiled test files whose path contains one of the words, or all of them when there is no word.
 *
 * @param {boolean} faults those of the long and destructive runs instead of the ones of every day
 * @returns {Promise<{ output: string, source: string, needsOwnProcess: boolean }[]>} `source` as the reader knows it
 */
export async function findTestFiles(root, words, faults = false) {
  const found = [];
  for (const folder of ['test', 'apps', 'libs']) {
    const pattern = faults ? /\.faults-spec\.js$/ : /\.(e2e-)?spec\.js$/;
    const paths = await readdir(join(root, 'dist', folder), { recursive: true }).catch(() => []);
    for (const path of paths.filter((path) => pattern.test(path)).sort()) {
      const source = join(folder, path).replace(/\.js$/, '.ts');
      if (words.length > 0 && !words.some((word) => source.includes(word))) continue;
      const firstLines = (await readFile(join(root, source), 'utf8')).split('\n', 5);
      const needsOwnProcess = faults || firstLines.some((line) => line.startsWith(ownProcessMark));
      found.push({ output: join(root, 'dist', folder, path), source, needsOwnProcess });
    }
  }
  return found;
}

/** Deals the files out to batches, those of one process each; long-running ones, which stand alone, come first. */
export function dealOut(files) {
  const alone = files.filter(({ needsOwnProcess }) => needsOwnProcess);
  const shared = files.filter(({ needsOwnProcess }) => !needsOwnProcess);
  const batchCount = Math.ceil(shared.length / filesPerBatch);
  const batches = Array.from({ length: batchCount }, (_, first) =>
    shared.filter((_, index) => index % batchCount === first),
  );
  return [...alone.map((file) => [file]), ...batches];
}

/**
 * Writes the module that runs the files of a batch one after the other. Each is imported within a suite of its own,
 * which keeps its hooks to itself and tells whose test is running.
 */
export async function writeBatch(directory, number, files) {
  const path = join(directory, `batch-${number}.mjs`);
  const modules = files.map(({ source, output }) => [source, pathToFileURL(output).href]);
  await writeFile(
    path,
    `import { after, describe } from 'node:test';
for (const [name, url] of ${JSON.stringify(modules)}) describe(name, async () => { await import(url); });
after(() => {
  const complain = () => {
    console.error('The tests are done, but these keep the process alive:', process.getActiveResourcesInfo().join(', '));
    process.exit(1);
  };
  setTimeout(complain, 5_000).unref();
});
`,
  );
  return path;
}
