import { variableNames, variables } from './variables.js';

/** The variables as a table of Markdown, for README.md. */
export function renderConfigurationTable(): string {
  const rows = variableNames.map((name) => {
    const { default: fallback, sentence } = variables[name];
    const shown = fallback.startsWith('(') ? fallback.slice(1, -1) : `\`${fallback}\``;
    return `| \`${name}\` | ${toCell(shown)} | ${toCell(sentence)} |`;
  });
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/<(\w+)>/g, '&lt;$1&gt;');
}
