// @own-process
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { environmentOn, ServerProcess } from '../robustness/support/server-process.js';
import { startServer, type TestServer } from '../support/server.js';
import { findChromium, installLine, launchChromium } from './support/chromium.js';

const patienceMs = 20_000;
const executable = findChromium();
const addressOfMachine = Object.values(networkInterfaces())
  .flat()
  .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

describe('the browser', () => {
  it('is installed', (context) => {
    if (executable) return;
    const advice = `The tests of the web pages need Chromium: ${installLine}`;
    assert.equal(process.env['CI'], undefined, advice);
    context.skip(advice);
  });
});

describe('GET /docs', { skip: !executable && 'there is no browser' }, () => {
  let database: TestServer;
  let server: ServerProcess;
  let browser: Browser;
  before(async () => {
    database = await startServer();
    server = await ServerProcess.start({
      env: { ...environmentOn(database.database.url, database.settings), HOST: '0.0.0.0' },
    });
    browser = await launchChromium(executable as string);
  });
  after(async () => {
    await browser?.close();
    await server?.end('SIGTERM');
    await database.close();
  });

  /** Opens the page; whatever the browser complains about ends up in the list. */
  async function open(host: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    page.setDefaultTimeout(patienceMs);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    const url = new URL('/docs', server.url);
    url.hostname = host;
    await page.goto(url.href);
    await page.locator('.swagger-ui .info .title').waitFor();
    return { page, complaints };
  }

  it('shows the surfaces in a menu and their operations, without a complaint of the browser', async () => {
    const { page, complaints } = await open('127.0.0.1');
    const titles = await page.locator('#select option').allTextContents();
    assert.ok(titles.length > 5, `${titles}`);
    for (const title of titles) {
      await choose(page, title);
      assert.ok((await page.locator('.opblock').count()) > 0, title);
    }
    await page.close();
    assert.deepEqual(complaints, []);
  });

  it('logs in by client credentials and tries an operation that needs a token', async () => {
    await assertTryItOut('127.0.0.1');
  });

  it('does so over plain HTTP on an address that is not loopback', {
    skip: !addressOfMachine && 'this machine has no such address',
  }, async () => {
    await assertTryItOut(addressOfMachine as string);
  });

  async function assertTryItOut(host: string): Promise<void> {
    const { page, complaints } = await open(host);
    await choose(page, 'Customers (native admin API)');
    const operation = page.locator('.opblock-get', { has: page.locator('[data-path="/oauth/customers"]') });
    await logIn(page);
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table .response').first();
    assert.equal((await answer.locator('.response-col_status').textContent())?.trim().slice(0, 3), '200');
    const body = JSON.parse((await answer.locator('.highlight-code code').first().textContent()) ?? '');
    assert.ok(body.length > 0 && body.every(({ id }: { id: unknown }) => typeof id === 'string'));
    await page.close();
    assert.deepEqual(complaints, []);
  }

  /** Chooses a surface in the menu and unfolds its first group of operations. */
  async function choose(page: Page, title: string): Promise<void> {
    await page.locator('#select').selectOption({ label: title });
    await page
      .locator('.info .title', { hasText: title === 'Everything' ? /^Clientele[^:]*$/ : title })
      .waitFor();
    await page.locator('.opblock-tag').first().click();
    await page.locator('.opblock').first().waitFor();
  }

  /** Authorizes with the id and the secret of the operator, as a person does. */
  async function logIn(page: Page): Promise<void> {
    await page.locator('.auth-wrapper .authorize').first().click();
    const dialog = page.locator('.dialog-ux .modal-ux');
    const form = dialog.locator('.auth-container', { hasText: 'clientCredentials' });
    const { clientId, secret } = database.operator;
    await form.getByLabel('client_id').fill(clientId);
    await form.getByLabel('client_secret').fill(secret);
    await form.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click();
    await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await dialog.locator('.close-modal').click();
  }
});
