// Writes the table of the environment variables into README.md, of the one table in
// apps/auth-server/src/environment/variables.ts as it was built last.
import { writeSection } from './generated-section.mjs';

const { renderConfigurationTable } = await import(
  new URL('../dist/apps/auth-server/src/environment/configuration-table.js', import.meta.url)
);
await writeSection({ file: 'README.md', name: 'variables', content: `\n${renderConfigurationTable()}\n` });
