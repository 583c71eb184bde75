import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Issue } from '#libs/common';
import {
  Choice,
  Email,
  Flag,
  ListOf,
  MapOfLists,
  Moment,
  Nested,
  Text,
  Uuid,
  WholeNumber,
} from '../fields.js';
import { BodyPipe } from './body.pipe.js';
import { QueryPipe } from './query.pipe.js';

class Permissions {
  @MapOfLists({ names: { max: 10, pattern: /^ROLE_/, patternMessage: 'must start with ROLE_' } })
  roles: Record<string, string[]>;
}

class Entry {
  @Text({ min: 1 })
  name: string;
}

class Sample {
  @Text({ min: 2, max: 5 })
  id: string;

  @Email({ optional: true, nullable: true })
  email?: string | null;

  @WholeNumber({ min: 1, max: 10, optional: true })
  count?: number;

  @Flag({ optional: true })
  enabled?: boolean;

  @Choice(['a', 'b'], { optional: true })
  kind?: string;

  @Moment({ optional: true })
  at?: string;

  @Uuid({ optional: true })
  uuid?: string;

  @ListOf(String, { optional: true, each: { min: 1, max: 3 }, maxItems: 2, unique: true })
  tags?: string[];

  @ListOf(Entry, { optional: true })
  entries?: Entry[];

  @Nested(Permissions, { optional: true })
  permissions?: Permissions;
}

const valid = { id: 'abc' };

function issuesOf(act: () => unknown): readonly Issue[] {
  try {
    act();
  } catch (error) {
    return (error as { issues: Issue[] }).issues;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

/** The paths that are refused when one field of a valid body is changed. */
const refused = (change: object) =>
  issuesOf(() => new BodyPipe(Sample).transform({ ...valid, ...change })).map(({ path }) => path);

describe('BodyPipe', () => {
  it('makes an instance and keeps a null that is allowed', () => {
    const sample = new BodyPipe(Sample).transform({ ...valid, email: null, entries: [{ name: 'x' }] });
    assert.ok(sample instanceof Sample && sample.entries?.[0] instanceof Entry);
    assert.equal(sample.email, null);
    assert.equal('count' in sample, false);
  });

  it('converts no type into another', () => {
    for (const count of ['5', true, 1.5, 0, 11, [5]]) assert.deepEqual(refused({ count }), ['count']);
    for (const enabled of ['false', 0, 1, 'true']) assert.deepEqual(refused({ enabled }), ['enabled']);
    for (const tags of ['x', { 0: 'x' }, 5]) assert.deepEqual(refused({ tags }), ['tags']);
    for (const id of [1234, ['abc'], null, {}]) assert.deepEqual(refused({ id }), ['id']);
    for (const permissions of [[], 'x', [{ roles: {} }]]) {
      assert.ok(refused({ permissions }).includes('permissions'));
    }
  });

  it('names the place of each fault, down to the entry of a list in a map', () => {
    assert.deepEqual(refused({ tags: ['ok', 'long'] }), ['tags[1]']);
    assert.deepEqual(refused({ entries: [{ name: 'x' }, { name: '' }, 4] }), [
      'entries[2]',
      'entries[1].name',
    ]);
    assert.deepEqual(refused({ permissions: { roles: { ROLE_X: ['t', 7] } } }), [
      'permissions.roles.ROLE_X[1]',
    ]);
    assert.deepEqual(refused({ permissions: { roles: { bad: [] } } }), ['permissions.roles.bad']);
    const list = new BodyPipe(Sample, { array: 'only' });
    assert.deepEqual(
      issuesOf(() => list.transform([valid, {}, 'x'])).map(({ path }) => path),
      ['[1].id', '[2]'],
    );
  });

  it('never repeats a value', () => {
    const value = '$value cs_topsecret';
    const body = { id: value, email: value, kind: value, at: value, uuid: value, tags: [value], evil: value };
    assert.doesNotMatch(JSON.stringify(issuesOf(() => new BodyPipe(Sample).transform(body))), /topsecret/);
  });

  it('refuses or drops what is not declared', () => {
    assert.deepEqual(refused({ customerId: 'x', isAdmin: true }), ['customerId', 'isAdmin']);
    const dropped = new BodyPipe(Sample, { unknownFields: 'ignore' }).transform({
      ...valid,
      customerId: 'x',
    });
    assert.deepEqual({ ...dropped }, valid);
  });

  it('checks what a word means', () => {
    for (const at of ['2026-02-30T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', '2026-13-01T00:00:00Z']) {
      assert.deepEqual(refused({ at }), ['at']);
    }
    new BodyPipe(Sample).transform({ ...valid, at: '2028-02-29T23:59:59.123+05:30' });
    assert.deepEqual(refused({ email: 'nobody' }), ['email']);
    assert.deepEqual(refused({ id: 'a\u0007b' }), ['id']);
    assert.deepEqual(refused({ tags: ['a', 'a'] }), ['tags']);
  });

  it('counts characters as the database does', () => {
    new BodyPipe(Sample).transform({ id: '😀😀😀😀😀' });
    assert.deepEqual(refused({ id: '😀😀😀😀😀😀' }), ['id']);
  });

  it('says clearly what the body should have been', () => {
    const one = new BodyPipe(Sample);
    const many = new BodyPipe(Sample, { array: 'only' });
    for (const body of [undefined, null, 'x', 5, []]) assert.throws(() => one.transform(body), /body/);
    for (const body of [undefined, {}, 'x']) assert.throws(() => many.transform(body), /body/);
    assert.throws(() => many.transform([]), /at least one/);
    assert.throws(() => many.transform(new Array(1001).fill(valid)), /at most 1000/);
    assert.ok(Array.isArray(new BodyPipe(Sample, { array: 'allowed' }).transform([valid, valid])));
  });
});

describe('QueryPipe', () => {
  class ListQuery {
    @WholeNumber({ min: 1, max: 250, optional: true })
    limit = 100;

    @Flag({ optional: true })
    count?: boolean;

    @ListOf(String, { optional: true })
    tag?: string[];
  }
  const pipe = new QueryPipe(ListQuery);

  it('converts plain digits and the words true and false', () => {
    assert.deepEqual(
      { ...pipe.transform({ limit: '5', count: 'false', tag: 'a', other: ['x', 'y'] }) },
      {
        limit: 5,
        count: false,
        tag: ['a'],
      },
    );
    assert.equal(pipe.transform(undefined).limit, 100);
  });

  it('refuses any other way to write a number', () => {
    for (const limit of ['', 'abc', '-1', '1e2', '0x10', '5.0', ' 5', '05', '9'.repeat(30), '251']) {
      assert.deepEqual(
        issuesOf(() => pipe.transform({ limit })).map(({ path }) => path),
        ['limit'],
        limit,
      );
    }
  });

  it('refuses a repeated parameter that is no list', () => {
    assert.deepEqual(
      issuesOf(() => pipe.transform({ limit: ['5', '5'] }))[0]?.message,
      'must not be repeated',
    );
  });
});
