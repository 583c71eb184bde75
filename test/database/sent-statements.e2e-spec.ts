import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Transactions } from '#libs/database';
import { startServer, type TestServer } from '../support/server.js';

/* Statements that a transaction does not wait for before it commits. */
describe('a statement that is sent', () => {
  let server: TestServer;
  let transactions: Transactions;
  before(async () => {
    // One connection for requests: what a failed transaction left on it, the next one would find.
    server = await startServer({ settings: { databasePoolSize: 1 } });
    transactions = server.app.get(Transactions, { strict: false });
    await server.database.query('create table note (text text primary key)');
    await server.database.query('grant all on note to clientele_runtime');
  });
  after(() => server.close());

  const add = 'insert into note values ($1)';
  const notes = async () =>
    (await server.database.query<{ text: string }>('select text from note order by 1')).map(
      ({ text }) => text,
    );

  it('is committed with the others, in the order of sending', async () => {
    await transactions.run('platform', async (transaction) => {
      transaction.send(transaction.manager.query(add, ['sent']));
      await transaction.manager.query(`update note set text = 'sent before'`);
      transaction.send(transaction.manager.query(add, ['sent behind']));
    });
    assert.deepEqual(await notes(), ['sent before', 'sent behind']);
  });

  it('fails the transaction when it fails, although nobody waited for it', async () => {
    const before = await notes();
    const work = transactions.run('platform', async (transaction) => {
      transaction.send(transaction.manager.query(add, ['lost']));
      transaction.send(transaction.manager.query('select 1/0'));
      return 'done';
    });
    await assert.rejects(work, { code: '22012', message: /division by zero/ });
    assert.deepEqual(await notes(), before);
  });

  it('tells its failure, and not that of a later one, which only failed for it', async () => {
    const work = transactions.run('platform', async (transaction) => {
      transaction.send(transaction.manager.query('select 1/0'));
      await transaction.manager.query(add, ['lost']);
    });
    await assert.rejects(work, { code: '22012' });
    const other = transactions.run('platform', async (transaction) => {
      transaction.send(transaction.manager.query(add, ['lost']));
      throw new Error('changed my mind');
    });
    await assert.rejects(other, /^Error: changed my mind$/);
  });

  it('fails what reads behind it', async () => {
    const reading = transactions.read('platform', (manager) => manager.query('select 1/0'));
    await assert.rejects(reading, { code: '22012' });
    const [{ one }] = await transactions.read('platform', (manager) => manager.query('select 1 as one'));
    assert.equal(one, 1);
  });
});
