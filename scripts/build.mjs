// Compiles every TypeScript file to dist/, which mirrors the repository, with SWC; only what changed since the
// last build. Types are checked by `npm run typecheck`, so that starting and testing stay fast.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = ['apps', 'libs', 'test', 'bench', 'ormconfig.ts'];
const quiet = process.argv.includes('--quiet');
const startedAt = Date.now();

/** Yields every file below a path, the path itself when it is a file. */
async function* filesBelow(path) {
  const info = await stat(path).catch(() => undefined);
  if (!info) return;
  if (info.isFile()) {
    yield { path, modifiedAt: info.mtimeMs };
    return;
  }
  for (const name of await readdir(path)) {
    if (name !== 'node_modules') yield* filesBelow(join(path, name));
  }
}

/** Compiles one file unless its output is newer than both the source and the compiler's settings. */
async function compile(source, settingsChangedAt) {
  const output = join(root, 'dist', relative(root, source.path)).replace(/\.ts$/, '.js');
  const built = await stat(output).catch(() => undefined);
  if (built && built.mtimeMs > Math.max(source.modifiedAt, settingsChangedAt))
    return { output, compiled: false };
  const { code, map } = await transformFile(source.path, {
    configFile: join(root, '.swcrc'),
    sourceFileName: relative(dirname(output), source.path),
    outputPath: output,
  });
  await mkdir(dirname(output), { recursive: true });
  await writeFile(output, `${code}\n//# sourceMappingURL=${output.split('/').pop()}.map\n`);
  await writeFile(`${output}.map`, map);
  return { output, compiled: true };
}

const settingsChangedAt = (await stat(join(root, '.swcrc'))).mtimeMs;
const outputs = new Set();
let compiledCount = 0;
for (const folder of sources) {
  for await (const source of filesBelow(join(root, folder))) {
    if (!source.path.endsWith('.ts') || source.path.endsWith('.d.ts')) continue;
    const { output, compiled } = await compile(source, settingsChangedAt);
    outputs.add(output);
    if (compiled) compiledCount++;
  }
}

// A source that was deleted or renamed must not go on living as its old output.
for await (const { path } of filesBelow(join(root, 'dist'))) {
  if (path.endsWith('.js') && !outputs.has(path))
    await Promise.all([rm(path), rm(`${path}.map`, { force: true })]);
}

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
if (!quiet)
  console.log(
    `built clientele ${version}: ${compiledCount} of ${outputs.size} files in ${Date.now() - startedAt} ms`,
  );
