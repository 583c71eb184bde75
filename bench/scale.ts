import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCore } from './harness/contestant.js';
import { pin } from './harness/process.js';
import { machine } from './harness/report.js';
import { measureSideBySide } from './scale/side-by-side.js';

/*
 * npm run bench:scale -- [--large directory]: a server with 1,000 clients beside one with a million. Filling the large one
 * takes minutes and some GB; --large names a directory that keeps it for the next time.
 */

const { values } = parseArgs({ options: { large: { type: 'string' } } });
const results = fileURLToPath(new URL('../../bench/results', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'clientele-scale-'));
// It asks for cold clients and administers by itself.
pin(process.pid, loadCore);
try {
  const directories = [join(directory, 'small'), values.large ?? join(directory, 'large')] as const;
  const [small = {}, large = {}] = await measureSideBySide(directories);
  console.table(
    Object.entries(small).map(([name, one]) => {
      const other = large[name] ?? Number.NaN;
      return {
        what: name,
        '1,000 clients': one,
        '1,000,000 clients': other,
        ratio: Number((other / one).toFixed(2)),
      };
    }),
  );
  await mkdir(results, { recursive: true });
  const report = { name: 'scale', conditions: machine(), small, large };
  await writeFile(join(results, 'scale.json'), `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
