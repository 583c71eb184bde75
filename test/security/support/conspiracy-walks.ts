import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TestServer } from '../../support/server.js';
import { type Gift, ownRoles, tenants } from './conspiracy.js';
import { type Attempt, attemptAt, stepNames } from './conspiracy-steps.js';
import { conspiracyAt } from './conspiracy-world.js';
import { entitlingScopes } from './reach.js';

/** PRIVILEGE_SEED=<n> repeats what was printed, or tries something else. */
const { PRIVILEGE_SEED = '20261121' } = process.env;

const givenRoles = [
  'ROLE_ADMIN_USER',
  'ROLE_ADMIN_TENANT',
  'ROLE_USER',
  'ROLE_AUDITOR',
  'nevisMeta.admin',
  'nevisMeta.user',
  ...Object.keys(ownRoles),
];
const rareRoles = ['ROLE_ADMIN_CUSTOMER_<0>', 'ROLE_ADMIN_CUSTOMER_<1>', 'ROLE_ADMIN_CUSTOMER'];
const wantedRoles = [...givenRoles, ...rareRoles, 'ROLE_ADMIN', 'ROLE_API', 'ROLE_THEIRS', 'Role_Admin'];
const craftedNames = [
  'ROLE_THEIRS',
  'ROLE_THEIRS',
  ...Object.keys(ownRoles),
  'ROLE_ADMIN',
  'role_admin_customer',
  'ROLE_ADMIN_CUSTOMER_<0>',
  'ROLE_ADMIN_CUSTOMER_<1>',
  'ROLE_ADMIN_CUSTOMER_',
  'ROLE_\u0410DMIN',
  'ROLE_ADMIN ',
  'Role_Admin',
];
const resources = [
  'Customer',
  'Customer.Clients',
  'customer.clients.credentials',
  'Customer.Roles',
  'Customer.Tenants',
  'Customer.Setups',
];
const privileges = ['CREATE', 'READ', 'UPDATE', 'DELETE', 'EXECUTE'];

const someTenants = fc.subarray(tenants);
const rolesOf = (names: readonly string[], maxKeys: number) =>
  fc.dictionary(fc.constantFrom(...names), someTenants, { minKeys: 1, maxKeys, noNullPrototype: true });
/** One of these each of them has: who manages nothing can try little. */
const managing = fc.constantFrom(
  'ROLE_ADMIN_USER',
  'ROLE_ADMIN_USER',
  'ROLE_MANAGES',
  'ROLE_SECRETS',
  'ROLE_SETUPS',
  'nevisMeta.admin',
);
const gift: fc.Arbitrary<Gift> = fc.record({
  at: fc.constantFrom(0, 1),
  roles: fc.oneof(
    {
      weight: 15,
      arbitrary: fc
        .tuple(managing, someTenants, rolesOf(givenRoles, 2))
        .map(([name, tenants, more]) => ({ ...more, [name]: tenants })),
    },
    { weight: 1, arbitrary: rolesOf(rareRoles, 1) },
  ),
  scopes: fc.subarray(entitlingScopes, { maxLength: 2 }),
});
const attempt: fc.Arbitrary<Attempt> = fc.record({
  // What gives most is tried most.
  step: fc.constantFrom(...stepNames, 'createClient', 'createClient', 'replaceClient', 'replaceClient'),
  actor: fc.nat({ max: 23 }),
  target: fc.nat({ max: 59 }),
  roles: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 4, arbitrary: rolesOf(wantedRoles, 1) },
    { weight: 2, arbitrary: rolesOf(wantedRoles, 2) },
  ),
  scopes: fc.subarray([...entitlingScopes, 'sp:scopes:all', 'orders:read'], { maxLength: 2 }),
  roleName: fc.constantFrom(...craftedNames),
  permissions: fc.dictionary(fc.constantFrom(...resources), fc.subarray(privileges, { minLength: 1 }), {
    maxKeys: 2,
    noNullPrototype: true,
  }),
  way: fc.boolean(),
});

/**
 * Lets several clients, each with what an operator gave it, try whatever might give them more, together, and asserts
 * that none of them reaches more than all of them were given: by the tokens that they get and by what these open.
 *
 * @returns how many attempts succeeded
 */
export async function walkConspiracies(
  server: TestServer,
  numRuns: number,
  maxSteps: number,
): Promise<number> {
  const succeeded = new Map<string, number>();
  const gifts = fc.array(gift, { minLength: 2, maxLength: 3 });
  const attempts = fc.array(attempt, { minLength: maxSteps / 2, maxLength: maxSteps, size: 'max' });
  const property = fc.asyncProperty(fc.noBias(gifts), fc.noBias(attempts), async (given, tried) => {
    const conspiracy = await conspiracyAt(server, given);
    await conspiracy.mustHaveWhatWasGiven(given[0] as Gift);
    for (const one of tried) {
      const status = await attemptAt(conspiracy, one);
      if (status !== undefined && status < 300) {
        succeeded.set(one.step, (succeeded.get(one.step) ?? 0) + 1);
      }
    }
    await conspiracy.mustNotHaveRisen();
  });
  // Looking for a shorter way to the same failure must not take for ever.
  const interruptAfterTimeLimit = 10_000 * numRuns;
  const details = await fc.check(property, {
    seed: Number(PRIVILEGE_SEED),
    numRuns,
    interruptAfterTimeLimit,
  });
  assert.ok(!details.failed, fc.defaultReportMessage(details) ?? '');
  assert.equal(details.numRuns, numRuns, 'there was no time for all walks');
  assert.ok(succeeded.size >= stepNames.length / 2, `only ${[...succeeded.keys()]} ever succeeded`);
  return [...succeeded.values()].reduce((sum, count) => sum + count, 0);
}
