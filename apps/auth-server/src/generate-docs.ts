import { readFile, writeFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { DatabaseHandle } from '#libs/database';
import { AppModule } from './app.module.js';
import { renderExample } from './environment/example.js';
import { parseEnvironment } from './environment.js';
import { buildOpenApiDocument } from './openapi/document.js';

/*
 * Writes docs/openapi.json and .env.example from the code. With --check it writes nothing and fails when a file is not
 * what the code says.
 */

/** Describes the application without starting it: nothing is instantiated, so no database is needed. */
async function describe(): Promise<string> {
  const anyKey = Buffer.alloc(32).toString('base64');
  const settings = parseEnvironment({ MASTER_KEY: anyKey, SECRET_PEPPER: anyKey });
  const module = AppModule.forRoot(settings, {} as DatabaseHandle);
  const app = await NestFactory.create(module, new FastifyAdapter(), { preview: true, logger: false });
  return `${JSON.stringify(buildOpenApiDocument(app), null, 2)}\n`;
}

const files = { 'docs/openapi.json': await describe(), '.env.example': renderExample() };
for (const [target, content] of Object.entries(files)) {
  if (!process.argv.includes('--check')) {
    await writeFile(target, content);
    console.log(`wrote ${target}`);
  } else if ((await readFile(target, 'utf8').catch(() => '')) !== content) {
    console.error(`${target} is not what the code says: run npm run docs and commit it.`);
    process.exitCode = 1;
  }
}
// Libraries that were imported may keep timers.
process.exit();
