import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Batch } from './batch.js';

describe('Batch', () => {
  it('takes each step for all that gathered before the next step', async () => {
    const done: string[] = [];
    const batch = new Batch<number>([
      (item) => done.push(`handle ${item}`),
      (item) => done.push(`send ${item}`),
    ]);
    batch.add(1);
    batch.add(2);
    assert.deepEqual(done, []);
    await turnOfTheLoop();
    assert.deepEqual(done, ['handle 1', 'handle 2', 'send 1', 'send 2']);
  });

  it('sends after 64 of them, so that the first ones do not wait for hundreds', async () => {
    const done: string[] = [];
    const batch = new Batch<number>([() => done.push('handle'), () => done.push('send')]);
    for (let i = 0; i < 150; i++) batch.add(i);
    await turnOfTheLoop();
    const runs = done.join(' ').match(/(handle ?)+|(send ?)+/g) ?? [];
    assert.deepEqual(
      runs.map((run) => run.trim().split(' ').length),
      [64, 64, 64, 64, 22, 22],
    );
  });

  it('leaves what is added meanwhile to the next turn', async () => {
    const done: string[] = [];
    const batch: Batch<string> = new Batch<string>([
      (item) => {
        done.push(item);
        if (item === 'first') batch.add('later');
      },
    ]);
    batch.add('first');
    await turnOfTheLoop();
    assert.deepEqual(done, ['first']);
    await turnOfTheLoop();
    assert.deepEqual(done, ['first', 'later']);
  });
});
