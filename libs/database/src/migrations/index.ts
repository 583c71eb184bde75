import { Initial1763700000000 } from './1763700000000-initial.js';

/** Every migration, oldest first. A new one is added here by hand: what runs is what is listed. */
export const migrations: (new () => object)[] = [Initial1763700000000];
