/** Every migration, oldest first. A new one is added here by hand: what runs is what is listed. */
export const migrations: (new () => object)[] = [];
