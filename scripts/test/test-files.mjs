import { closeSync, existsSync, openSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

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

/**
 * Writes the module of one process, which runs files one after the other, each within a suite of its own that keeps its
 * hooks to itself and tells whose test is running. Processes may share a list of files: each claims the next that is
 * left, so that none is idle before all is done.
 *
 * @param {string} claims the directory in which a file that is taken leaves its mark
 * @returns {Promise<string>} its path
 */
export async function writeProcess(directory, number, files, claims) {
  const path = join(directory, `process-${number}.mjs`);
  const modules = files.map(({ source, output }) => [source, pathToFileURL(output).href]);
  await writeFile(
    path,
    `import { after, describe } from 'node:test';
import { claim } from ${JSON.stringify(import.meta.url)};
const run = async (url, done) => {
  try {
    await import(url);
  } finally {
    after(done);
  }
};
for (const [name, url] of ${JSON.stringify(modules)})
  if (claim(${JSON.stringify(claims)}, name)) await new Promise((done) => describe(name, () => run(url, done)));
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

const markOf = (claims, source) => join(claims, encodeURIComponent(source));

/**
 * Takes a file for this process.
 *
 * @public called by what `writeProcess` writes
 * @returns {boolean} whether it was left
 */
export function claim(claims, source) {
  try {
    closeSync(openSync(markOf(claims, source), 'wx'));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** Whether there is something to do for one more process. */
export function hasUnclaimed(files, claims) {
  return files.some(({ source }) => !existsSync(markOf(claims, source)));
}
