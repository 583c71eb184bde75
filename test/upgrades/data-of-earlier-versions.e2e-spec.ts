import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { migrations } from '#libs/database';
import { earlierVersions } from './support/earlier-version.js';
import { isOfLaterRelease } from './support/first-release.js';
import { workAfterwards } from './support/working-afterwards.js';

const versions = earlierVersions();
// The oldest one, the last one before row-level security, and the newest one; test/faults does them all.
for (const version of versions.filter(
  ({ name }, index) => index === 0 || name === '1763800000000' || index === versions.length - 1,
))
  describe(`the data of version ${version.name}`, () => workAfterwards(version));

describe('the recorded versions', () => {
  it('are there for every migration of a release but the newest', () => {
    const recorded = versions.map(({ name }) => migrations.find((each) => each.name.endsWith(name))?.name);
    assert.ok(recorded.length >= 10 && recorded.every((name) => name !== undefined));
    // The newest is recorded by the change after it, which is the one that it must survive.
    const due = migrations
      .slice(0, -1)
      .map(({ name }) => name)
      .filter(isOfLaterRelease);
    assert.deepEqual(
      due.filter((name) => !recorded.includes(name)),
      [],
      'see scripts/record-upgrade-fixture.mjs',
    );
  });
});
