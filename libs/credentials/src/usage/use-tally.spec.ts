import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { mostTurns, UseTally, usualTurns } from './use-tally.js';

let tally: UseTally;
beforeEach(() => {
  tally = new UseTally();
});

const use = (key: string, { day = 20_000, at = 1, by = 'curl' } = {}) =>
  tally.count(key, key, day, at, '192.0.2.1', by);
const counts = (uses: readonly { count: number }[]) => uses.map(({ count }) => count);

describe('UseTally', () => {
  it('gives what was quiet at the next turn, with how often and by what it was used last', () => {
    use('one', { at: 1, by: 'curl' });
    use('one', { at: 2, by: 'wget' });
    const [taken, ...others] = tally.takeDue();
    assert.deepEqual(
      [taken?.key, taken?.count, taken?.usedAtMs, taken?.userAgent, others.length],
      ['one', 2, 2, 'wget', 0],
    );
  });

  it('gives what goes on being used every five to ten seconds, not everything in the same turn', () => {
    for (let n = 0; n < 1_000; n++) use(`${n}`);
    assert.equal(tally.takeDue().length, 1_000);
    const taken: number[] = [];
    for (let turn = 1; turn <= usualTurns; turn++) {
      for (let n = 0; n < 1_000; n++) use(`${n}`);
      taken.push(tally.takeDue().length);
    }
    assert.equal(Math.max(...taken.slice(0, 49)), 0, 'before five seconds');
    assert.ok(Math.max(...taken) < 100, `${Math.max(...taken)} in one turn`);
    assert.ok(taken.reduce((sum, count) => sum + count) >= 1_000, 'each within ten seconds');
  });

  it('gives about as many a turn however many are in use, each at least once a minute', () => {
    const inUse = 8_000;
    const taken: string[][] = [];
    for (let turn = 0; turn <= mostTurns; turn++) {
      for (let n = 0; n < inUse; n++) use(`${n}`);
      taken.push(tally.takeDue().map(({ key }) => key));
    }
    assert.equal(taken[0]?.length, inUse, 'what was quiet, at once');
    assert.equal(new Set(taken.slice(1).flat()).size, inUse);
    const most = Math.max(...taken.slice(1).map(({ length }) => length));
    assert.ok(most < inUse / 50, `${most} in one turn`);
  });

  it('gives what is urgent every second', () => {
    let taken = 0;
    for (let turn = 0; turn < usualTurns; turn++) {
      tally.count('one', 'one', 20_000, turn, '192.0.2.1', 'curl', true);
      taken += tally.takeDue().length;
    }
    assert.ok(taken >= 10 && taken <= 21, `${taken} times in ten seconds`);
  });

  it('gives what becomes urgent within a second, and no more often than what always was', () => {
    const useUrgently = () => tally.count('one', 'one', 20_000, 2, '192.0.2.1', 'curl', true);
    use('one');
    tally.takeDue();
    use('one');
    useUrgently();
    const first = Array.from({ length: mostTurns / 60 + 1 }, () => counts(tally.takeDue()));
    assert.deepEqual(first.flat(), [2]);
    const perTurn = Array.from({ length: 2 * usualTurns }, () => {
      useUrgently();
      return tally.takeDue().length;
    });
    const taken = perTurn.slice(usualTurns).reduce((sum, count) => sum + count);
    assert.ok(taken >= 10 && taken <= 21, `${taken} times in ten seconds`);
  });

  it('loses no use and keeps nothing of what is quiet again', () => {
    let counted = 0;
    for (let turn = 0; turn < 3 * usualTurns; turn++) {
      if (turn < usualTurns) for (const key of ['one', 'other', `${turn}`]) use(key);
      for (const count of counts(tally.takeDue())) counted += count;
    }
    assert.equal(counted, 3 * usualTurns);
    assert.equal(tally.isEmpty, true);
  });

  it('gives everything when it is asked, and what follows at its turn', () => {
    for (const key of ['one', 'other', 'one']) use(key);
    assert.deepEqual(counts(tally.takeOf('one')), [2]);
    assert.deepEqual(counts(tally.takeOf('unknown')), []);
    use('one');
    assert.deepEqual(counts(tally.takeAll()), [1, 1]);
    assert.deepEqual(counts(tally.takeAll()), []);
    use('other');
    assert.deepEqual(counts(tally.takeDue()), [1]);
  });

  it('adds what could not be written to what came since', () => {
    use('one');
    use('other');
    const unwritten = tally.takeAll();
    use('one');
    for (const each of unwritten) tally.restore(each);
    assert.deepEqual(counts(tally.takeAll()), [2, 1]);
  });

  it('keeps days apart, though the clock is put back or nothing can be written', () => {
    use('one', { day: 1 });
    const [unwritten] = tally.takeAll();
    for (const day of [2, 1, 2]) use('one', { day });
    if (unwritten) tally.restore(unwritten);
    const taken = tally.takeAll();
    assert.deepEqual(
      [1, 2].map((day) => taken.filter((each) => each.day === day).length),
      [2, 2],
    );
    assert.equal(tally.takeAll().length, 0);
  });

  it('holds no more keys than it may', () => {
    tally = new UseTally(2);
    for (const key of ['one', 'other', 'third', 'one']) use(key);
    assert.deepEqual(
      tally.takeAll().map(({ key, count }) => [key, count]),
      [
        ['one', 2],
        ['other', 1],
      ],
    );
  });
});
