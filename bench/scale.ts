import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCore } from './harness/contestant.js';
import { pin } from './harness/process.js';
import { machine } from './harness/report.js';
import { type Measured, measureSize } from './scale/measure-size.js';

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
  const small = await measureSize(join(directory, 'small'), 10);
  const large = await measureSize(values.large ?? join(directory, 'large'), 10_000);
  console.table(
    Object.keys(small).map((name) => {
      const [one, other] = [small[name as keyof Measured], large[name as keyof Measured]];
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
