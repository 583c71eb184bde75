/** The database's users and roles are not such that isolation can be relied on; says what to do. */
export class DatabaseRoleError extends Error {
  override readonly name = 'DatabaseRoleError';
}
