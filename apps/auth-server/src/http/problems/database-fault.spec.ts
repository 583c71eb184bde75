import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DatabaseFault, databaseFault } from './database-fault.js';

/** An error as pg raises it for what the server answered. */
function databaseError(code: string): Error {
  return Object.assign(new Error('words of the server'), { severity: 'ERROR', code });
}

describe('databaseFault', () => {
  const faults: [fault: DatabaseFault, codes: string[]][] = [
    ['duplicate', ['23505']],
    ['bad_value', ['22021', '22P02', '22003', '22001', '22P05']],
    ['unavailable', ['08006', '40001', '40P01', '53300', '57P01', '57P03', '25006', '55P03']],
    ['gone', ['23503']],
    ['unavailable', ['28P01', '28000', '3D000', '55000']],
  ];
  for (const [fault, codes] of faults) {
    it(`takes SQLSTATE ${codes.join(', ')} for ${fault}`, () => {
      for (const code of codes) assert.equal(databaseFault(databaseError(code)), fault, code);
    });
  }

  it('reads an error that TypeORM wrapped', () => {
    const wrapped = Object.assign(new Error('query failed'), { driverError: databaseError('57P01') });
    assert.equal(databaseFault(wrapped), 'unavailable');
  });

  it('reads what the network and the pool report without a SQLSTATE', () => {
    for (const error of [
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]),
      new Error('Connection terminated unexpectedly'),
    ])
      assert.equal(databaseFault(error), 'unavailable');
  });

  it('leaves alone what is our own mistake, or no error of a database at all', () => {
    for (const error of [
      databaseError('42601'),
      Object.assign(new Error('x'), { code: '57P01' }),
      new Error('x'),
      'x',
      undefined,
    ])
      assert.equal(databaseFault(error), undefined);
  });
});
