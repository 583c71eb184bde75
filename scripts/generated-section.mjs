import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * Puts generated text between the markers `<!-- name:begin -->` and `<!-- name:end -->` of a file. With --check among
 * the arguments of the process it writes nothing and fails when the file would change.
 *
 * @param {{ file: string, name: string, content: string }} section the file by its path from the repository's root
 */
export async function writeSection({ file, name, content }) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const text = await readFile(path, 'utf8');
  const pattern = new RegExp(`(<!-- ${name}:begin[^>]*-->\n)[\\s\\S]*?(<!-- ${name}:end -->)`);
  if (!pattern.test(text)) throw new Error(`${file} has no section "${name}".`);
  const updated = text.replace(pattern, (_, begin, end) => `${begin}${content}\n${end}`);
  if (updated === text) return;
  if (process.argv.includes('--check')) {
    console.error(`The section "${name}" of ${file} is out of date: run the script again without --check.`);
    process.exitCode = 1;
    return;
  }
  await writeFile(path, updated);
  console.log(`wrote the section "${name}" of ${file}`);
}
