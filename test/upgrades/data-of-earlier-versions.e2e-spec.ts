import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { migrations } from '#libs/database';
import { earlierVersions } from './support/earlier-version.js';
import { workAfterwards } from './support/working-afterwards.js';

const versions = earlierVersions();
/** Was changed after the version that ended with it, and before anything was released. */
const withoutVersion = ['Initial1763700000000'];

// The oldest one, the last one before row-level security, and the newest one; test/faults does them all.
for (const version of versions.filter(
  ({ name }, index) => index === 0 || name === '1763800000000' || index === versions.length - 1,
))
  describe(`the data of version ${version.name}`, () => workAfterwards(version));

describe('the recorded versions', () => {
  it('are there for each migration that a version ended with', () => {
    const recorded = versions.map(({ name }) => migrations.find((each) => each.name.endsWith(name))?.name);
    assert.ok(recorded.every((name) => name !== undefined));
    const unrecorded = migrations.map(({ name }) => name).filter((name) => !recorded.includes(name));
    // The newest is recorded by the change after it, which is the one that it must survive.
    assert.deepEqual(
      unrecorded.filter((name) => !withoutVersion.includes(name) && name !== migrations.at(-1)?.name),
      [],
      'record it with scripts/record-upgrade-fixture.mjs',
    );
  });
});
