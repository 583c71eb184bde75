import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { TestDatabase } from '../../support/database.js';
import { databaseUrl } from '../../support/database-url.js';
import { uniqueName } from '../../support/fixtures.js';

/** Somebody who may log in to the test database server. */
export interface DatabaseUser {
  readonly name: string;
  readonly password: string;
}

/** Users, roles and databases that belong to a test; the database server has them until `drop`. */
export class DatabaseUsers {
  private readonly roles: string[] = [];
  private readonly databases: string[] = [];

  constructor(private readonly admin: TestDatabase) {}

  /** @param attributes as of CREATE ROLE */
  async create(attributes: string): Promise<DatabaseUser> {
    const user = { name: this.remember(uniqueName('user')), password: randomBytes(12).toString('hex') };
    await this.admin.query(`create role ${user.name} login ${attributes} password '${user.password}'`);
    return user;
  }

  /** Has a role dropped that somebody else makes. @returns its name */
  remember(role: string): string {
    this.roles.push(role);
    return role;
  }

  /** An empty database. @returns its URL for the owner */
  async createDatabase(owner: DatabaseUser): Promise<string> {
    const name = uniqueName('roles');
    this.databases.push(name);
    await this.admin.query(`create database ${name} owner ${owner.name}`);
    return this.urlOf(owner, databaseUrl(this.admin.url, name));
  }

  urlOf({ name, password }: DatabaseUser, databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.username = name;
    url.password = password;
    return url.href;
  }

  /** Runs a statement on a connection of its own. */
  async on(url: string, statement: string): Promise<void> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async drop(): Promise<void> {
    for (const name of this.databases) await this.admin.query(`drop database ${name} with (force)`);
    for (const name of this.roles) {
      const [known] = await this.admin.query('select from pg_roles where rolname = $1', [name]);
      if (known) await this.admin.query(`drop owned by ${name}`);
    }
    for (const name of this.roles) await this.admin.query(`drop role if exists ${name}`);
  }
}
