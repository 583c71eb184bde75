export {
  type AuthorizationSettings,
  Client,
  type ClientAttributes,
  effectiveRoles,
} from './client.entity.js';
export { lockSettings, type PlacedDraft } from './client-admission.js';
export {
  type ClientDraft,
  clientAuthenticationMethods,
  clientGrantTypes,
  isRedirectUri,
  issuesOfNew,
  usualMaxAccessTokenTtlSeconds,
} from './client-draft.js';
export type { ClientState } from './client-history.js';
export type { Told } from './client-insertion.js';
export { ClientsModule } from './clients.module.js';
export { ClientsService, type TakenClient } from './clients.service.js';
export { generateClientId } from './generated-client-id.js';
export { ScheduledChanges } from './scheduled-changes.js';
export { type ClientVersion, SetupClientsService } from './setup-clients.service.js';
export { SetupRemoval } from './setup-removal.js';
