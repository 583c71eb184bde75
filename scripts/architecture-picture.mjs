// Draws the dependencies between the folders of the source, as the imports are, into ARCHITECTURE.md. Transitive
// lines are left out: what a library reaches through its neighbour to the left goes without saying.
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import rules from '../.dependency-cruiser.cjs';
import { writeSection } from './generated-section.mjs';

const tests = /\.(e2e-)?spec\.ts$/;

/** The box that a file belongs to, or undefined for one that is not drawn. */
function boxOf(path) {
  if (tests.test(path)) return undefined;
  const library = /^libs\/([^/]+)\//.exec(path)?.[1];
  if (library) return { id: library, label: library, group: 'libs' };
  // All surfaces are one box: the rules keep them alike, and apart from each other.
  const folder = /^apps\/auth-server\/src\/([^/.]+)\//.exec(path)?.[1];
  if (!folder || folder === 'environment') return undefined;
  return { id: `app_${folder.replace(/\W/g, '_')}`, label: folder, group: 'apps' };
}

/** Every box with the ids of those that it imports. */
function gather(modules) {
  const boxes = new Map();
  for (const { source, dependencies } of modules) {
    const from = boxOf(source);
    if (!from) continue;
    const known = boxes.get(from.id) ?? { ...from, uses: new Set() };
    boxes.set(from.id, known);
    for (const { resolved } of dependencies) {
      const to = boxOf(resolved);
      if (to && to.id !== from.id) known.uses.add(to.id);
    }
  }
  return boxes;
}

/** All that a box reaches. */
function reach(boxes, id, seen = new Set()) {
  for (const next of boxes.get(id)?.uses ?? []) {
    if (seen.has(next)) continue;
    seen.add(next);
    reach(boxes, next, seen);
  }
  return seen;
}

/** The imports of a box that it does not reach by another one. */
function direct(boxes, { id, uses }) {
  return [...uses]
    .filter((target) => ![...uses].some((other) => other !== target && isBehind(boxes, id, other, target)))
    .sort();
}

/** Two boxes of the application may import each other; then neither hides the other. */
function isBehind(boxes, id, other, target) {
  const reached = reach(boxes, other);
  return reached.has(target) && !reached.has(id) && !reach(boxes, target).has(other);
}

function render(boxes) {
  const sorted = [...boxes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const nodes = (group) =>
    sorted.filter((box) => box.group === group).map(({ id, label }) => `    ${id}["${label}"]`);
  const lines = sorted.flatMap((box) => direct(boxes, box).map((target) => `  ${box.id} --> ${target}`));
  return [
    '```mermaid',
    'flowchart TD',
    '  subgraph apps["apps/auth-server: HTTP and the command line"]',
    ...nodes('apps'),
    '  end',
    '  subgraph libs["libs: the domain"]',
    ...nodes('libs'),
    '  end',
    ...lines,
    '```',
  ].join('\n');
}

const { output } = await cruise(
  ['apps', 'libs'],
  { ...rules.options, exclude: rules.options.exclude.path },
  rules.options.enhancedResolveOptions,
  { tsConfig: extractTSConfig('tsconfig.json') },
);
await writeSection({
  file: 'ARCHITECTURE.md',
  name: 'dependencies',
  content: render(gather(output.modules)),
});
