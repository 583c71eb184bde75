import type { Standing } from './report.js';

const width = 760;
const barHeight = 22;
const rowHeight = 40;
const left = 230;
const right = 150;
const top = 56;

/** Draws the processor time per request as bars, with a line from the least to the most that was measured. */
export function plotOf(title: string, standings: readonly Standing[]): string {
  const most = Math.max(...standings.map(({ cpuMicroseconds }) => cpuMicroseconds.most));
  const scale = (width - left - right) / most;
  const rows = standings.map((standing, index) => rowOf(standing, top + index * rowHeight, scale));
  const height = top + standings.length * rowHeight + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="24" font-size="15" font-weight="bold">${inXml(title)}</text>
<text x="16" y="42" fill="#555555">processor time per request, median and spread; beside the floor in requests per CPU second</text>
${rows.join('\n')}
</svg>
`;
}

function rowOf({ name, cpuMicroseconds, cpuRatio }: Standing, y: number, scale: number): string {
  const { median, least, most } = cpuMicroseconds;
  const middle = y + barHeight / 2;
  const x = (value: number) => (left + value * scale).toFixed(1);
  const label = `${median.toFixed(1)} µs · ${cpuRatio.median.toFixed(2)}`;
  return `<text x="${left - 10}" y="${middle + 4}" text-anchor="end">${inXml(name)}</text>
<rect x="${left}" y="${y}" width="${(median * scale).toFixed(1)}" height="${barHeight}" fill="#4c78a8"/>
<line x1="${x(least)}" x2="${x(most)}" y1="${middle}" y2="${middle}" stroke="#222222" stroke-width="2"/>
<text x="${(left + most * scale + 10).toFixed(1)}" y="${middle + 4}">${label}</text>`;
}

function inXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
