export { Client, effectiveRoles } from './client.entity.js';
export {
  type ClientDraft,
  clientAuthenticationMethods,
  clientGrantTypes,
  usualMaxAccessTokenTtlSeconds,
} from './client-draft.js';
export { ClientsModule } from './clients.module.js';
export { ClientsService, type PlacedDraft } from './clients.service.js';
