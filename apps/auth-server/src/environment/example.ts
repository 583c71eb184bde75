import { variableNames, variables } from './variables.js';

const head = [
  '# Every variable of the server, with its default. Made of apps/auth-server/src/environment/variables.ts:',
  '# change it there, then `npm run docs`.',
  '#',
  '# node --env-file=.env dist/apps/auth-server/src/main.js reads a file like this one.',
];

/** The text of `.env.example`. */
export function renderExample(): string {
  const blocks = variableNames.map((name) => {
    const { default: fallback, sentence } = variables[name];
    const isMeaning = fallback.startsWith('(');
    return [`# ${sentence}`, isMeaning ? `# ${fallback}` : undefined, `#${name}=${isMeaning ? '' : fallback}`]
      .filter((line) => line !== undefined)
      .join('\n');
  });
  return `${[head.join('\n'), ...blocks].join('\n\n')}\n`;
}
