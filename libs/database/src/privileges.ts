/*
 * What the server's role may do, and nothing beyond: read and change rows. It owns nothing, and neither empties tables
 * nor changes the schema. A table that stands below is held more strictly; give each new one the least that it needs.
 */

/** The privileges on a table that is not named below. */
export const usualPrivileges: readonly string[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** The privileges on tables of which the server needs less. */
const narrowPrivileges: Readonly<Record<string, readonly string[]>> = {
  // What happened, happened: nobody who takes over the server can change what it wrote down before.
  audit_event: ['SELECT', 'INSERT'],
  audit_chain: ['SELECT', 'INSERT', 'UPDATE'],
  // Old segments go by a function of the owner's, which asks for their sealing record.
  audit_checkpoint: ['SELECT', 'INSERT'],
  audit_dropped_segment: ['SELECT', 'INSERT'],
  audit_key: ['SELECT', 'INSERT', 'UPDATE'],
  change_record: ['SELECT', 'INSERT', 'DELETE'],
  key_use: ['SELECT', 'INSERT', 'DELETE'],
  master_key: ['SELECT', 'INSERT'],
  migrations: ['SELECT'],
  revoked_token: ['SELECT', 'INSERT', 'DELETE'],
  signing_key: ['SELECT', 'INSERT', 'UPDATE'],
};

/** What the server's role may do with a table. */
export function privilegesOn(table: string): readonly string[] {
  return narrowPrivileges[table] ?? usualPrivileges;
}
