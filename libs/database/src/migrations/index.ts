import { Initial1763700000000 } from './1763700000000-initial.js';
import { OwnersAndTypes1763710000000 } from './1763710000000-owners-and-types.js';
import { Setups1763740000000 } from './1763740000000-setups.js';
import { OwnerScopes1763750000000 } from './1763750000000-owner-scopes.js';
import { CredentialLifecycle1763800000000 } from './1763800000000-credential-lifecycle.js';
import { Webhooks1763810000000 } from './1763810000000-webhooks.js';
import { AllowedNetworks1763820000000 } from './1763820000000-allowed-networks.js';
import { Enrolment1763840000000 } from './1763840000000-enrolment.js';
import { AuditSeals1763850000000 } from './1763850000000-audit-seals.js';
import { TokenQuotas1763870000000 } from './1763870000000-token-quotas.js';
import { Leaks1763880000000 } from './1763880000000-leaks.js';
import { LargeTables1763890000000 } from './1763890000000-large-tables.js';
import { RowLevelSecurity1763900000000 } from './1763900000000-row-level-security.js';
import { IdempotencyKeysOfOrganizations1763905000000 } from './1763905000000-idempotency-keys-of-organizations.js';
import { LongestTokensOfKeys1764300000000 } from './1764300000000-longest-tokens-of-keys.js';
import { KeyUses1764500000000 } from './1764500000000-key-uses.js';
import { FewOfMany1764600000000 } from './1764600000000-few-of-many.js';
import { AuditAtScale1764800000000 } from './1764800000000-audit-at-scale.js';
import { ExpiryNotices1764801000000 } from './1764801000000-expiry-notices.js';
import { PagesOfLists1764802000000 } from './1764802000000-pages-of-lists.js';
import { RoomForUses1764803000000 } from './1764803000000-room-for-uses.js';

/** Every migration, oldest first. A new one is added here by hand: what runs is what is listed. */
export const migrations: (new () => object)[] = [
  Initial1763700000000,
  OwnersAndTypes1763710000000,
  Setups1763740000000,
  OwnerScopes1763750000000,
  CredentialLifecycle1763800000000,
  Webhooks1763810000000,
  AllowedNetworks1763820000000,
  Enrolment1763840000000,
  AuditSeals1763850000000,
  TokenQuotas1763870000000,
  Leaks1763880000000,
  LargeTables1763890000000,
  RowLevelSecurity1763900000000,
  IdempotencyKeysOfOrganizations1763905000000,
  LongestTokensOfKeys1764300000000,
  KeyUses1764500000000,
  FewOfMany1764600000000,
  AuditAtScale1764800000000,
  ExpiryNotices1764801000000,
  PagesOfLists1764802000000,
  RoomForUses1764803000000,
];
