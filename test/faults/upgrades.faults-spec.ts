import { describe } from 'node:test';
import { earlierVersions } from '../upgrades/support/earlier-version.js';
import { workAfterwards } from '../upgrades/support/working-afterwards.js';

for (const version of earlierVersions())
  describe(`the data of version ${version.name}`, () => workAfterwards(version));
