import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/*
 * node dist/bench/flame-graph.js some.cpuprofile picture.svg [--last seconds]: draws what `node --cpu-prof` recorded, the
 * end of it alone where that is asked for (a server's start is long). As wide as a function is, so much of the busy time
 * it took, with all that it called, which stands above it.
 */

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function where it was called, and the microseconds that it took with all that it called. */
interface Frame {
  readonly label: string;
  readonly origin: keyof typeof colours;
  readonly children: Map<string, Frame>;
  total: number;
}

const colours = {
  ours: '#e8743b',
  dependency: '#e0b040',
  node: '#6ca0dc',
  native: '#b0a4c8',
} as const;
const [width, height, margin] = [1200, 17, 30];
const narrowest = 0.5;
const charWidth = 6.2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { last: { type: 'string' }, title: { type: 'string', default: '' } },
});
const [from, to] = positionals;
if (from === undefined || to === undefined) {
  console.error('Usage: node dist/bench/flame-graph.js profile picture.svg [--last seconds] [--title text]');
  process.exitCode = 2;
} else {
  const profile = JSON.parse(await readFile(from, 'utf8')) as Profile;
  const root = treeOf(profile, Number(values.last ?? Number.POSITIVE_INFINITY) * 1e6);
  await writeFile(to, pictureOf(root, values.title));
}

/** The calls of the last so many microseconds, those alike put together. */
function treeOf({ nodes, samples, timeDeltas }: Profile, lastMicroseconds: number): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const root: Frame = { label: 'all', origin: 'native', children: new Map(), total: 0 };
  let remaining = lastMicroseconds;
  for (let i = samples.length - 1; i >= 0 && remaining > 0; i--) {
    const micros = timeDeltas[i] ?? 0;
    remaining -= micros;
    const stack: ProfileNode[] = [];
    for (let id = samples[i]; id !== undefined; id = parents.get(id)) stack.push(byId.get(id) as ProfileNode);
    stack.pop();
    if (stack[0]?.callFrame.functionName !== '(idle)') add(root, stack, micros);
  }
  return root;
}

/** @param stack the innermost call first */
function add(root: Frame, stack: readonly ProfileNode[], micros: number): void {
  let frame = root;
  frame.total += micros;
  for (const { callFrame } of stack.toReversed()) {
    const label = labelOf(callFrame);
    const known = frame.children.get(label);
    const child = known ?? { label, origin: originOf(callFrame), children: new Map(), total: 0 };
    if (!known) frame.children.set(label, child);
    child.total += micros;
    frame = child;
  }
}

/** The name and the file, without the directories of the machine. */
function labelOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = url.replace(/^.*\/(?:node_modules|dist)\//, '');
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`;
}

function originOf({ url }: ProfileNode['callFrame']): keyof typeof colours {
  if (url === '') return 'native';
  if (url.startsWith('node:')) return 'node';
  return url.includes('/node_modules/') ? 'dependency' : 'ours';
}

function pictureOf(root: Frame, title: string): string {
  const boxes: string[] = [];
  const deepest = draw(root, 0, 0, width / root.total, root.total, boxes);
  const tall = (deepest + 1) * height + 2 * margin;
  const legend = Object.entries(colours).map(
    ([origin, colour], i) =>
      `<rect x="${i * 120}" y="8" width="12" height="12" fill="${colour}"/><text x="${i * 120 + 17}" y="18">${origin}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" font-family="monospace" font-size="10">`,
    '<title>Where the time goes</title>',
    `<rect width="100%" height="100%" fill="#fff"/>${legend.join('')}<text x="500" y="18">${escaped(title)}</text>`,
    `<g transform="translate(0 ${tall - margin})">`,
    ...boxes,
    '</g></svg>\n',
  ].join('\n');
}

/** Draws a frame and, above it, what it called. @returns the highest level that was drawn */
function draw(frame: Frame, x: number, level: number, scale: number, all: number, boxes: string[]): number {
  const wide = frame.total * scale;
  if (wide < narrowest) return level;
  const y = -(level + 1) * height;
  const share = `${((frame.total / all) * 100).toFixed(1)} %`;
  const room = Math.floor((wide - 4) / charWidth);
  const text =
    room < 3
      ? ''
      : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(frame.label.slice(0, room))}</text>`;
  boxes.push(
    `<g><title>${escaped(frame.label)}, ${share}</title><rect x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${height - 1}" fill="${colours[frame.origin]}"/>${text}</g>`,
  );
  let deepest = level;
  let left = x;
  for (const child of [...frame.children.values()].sort((a, b) => b.total - a.total)) {
    deepest = Math.max(deepest, draw(child, left, level + 1, scale, all, boxes));
    left += child.total * scale;
  }
  return deepest;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
