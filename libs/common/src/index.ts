export {
  type AllowedNetworks,
  admitsMore,
  mostNetworks,
  NetworkSet,
  type NetworksMode,
  networksModes,
  normalizeNetwork,
} from './allowed-networks.js';
export { andThen } from './and-then.js';
export { Clock } from './clock.js';
export { CommonModule } from './common.module.js';
export * from './domain-error.js';
export { inTurn } from './in-turn.js';
export { KeyRing } from './key-ring.js';
export { Memory, type Remembering } from './memory.js';
export * from './oauth-errors.js';
export * from './page.js';
export { Repetition } from './repetition.js';
export { newRowId } from './row-id.js';
export { SealError, Sealer } from './sealer.js';
export { Settings } from './settings.js';
