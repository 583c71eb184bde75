import type { EntityManager } from 'typeorm';
import type { AuditEntry } from '#libs/audit';
import { conflict } from '#libs/common';
import { insertRows } from '#libs/database';
import type { OrganizationSettings } from '#libs/organizations';
import type { Happening } from '#libs/webhooks';
import { Client } from './client.entity.js';
import type { PlacedDraft } from './client-admission.js';

/** What is to be told of something that a transaction did. */
export interface Told {
  readonly entries: readonly AuditEntry[];
  readonly happenings: readonly Happening[];
}

/** Gives new clients what they are to have besides, in the same transaction; what is to be told of it is told with them. */
export type Furnish = (clients: readonly Client[], settings: OrganizationSettings) => Told;

/**
 * Inserts clients; the statement is on its way when this returns.
 *
 * @param drafts what the clients were made of, in their order
 * @throws DomainError `conflict` for a client id that is taken
 */
export async function insertClients(
  manager: EntityManager,
  clients: readonly Client[],
  drafts: readonly PlacedDraft[],
): Promise<void> {
  // In one order for everybody, so that two requests that want the same ids never wait for each other in a circle.
  const rows = [...clients].sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
  const inserted = await insertRows(manager, Client, rows, 'ignored');
  if (inserted.length < clients.length) throw takenError(clients, inserted, drafts);
}

function takenError(
  clients: readonly Client[],
  inserted: { id: string }[],
  drafts: readonly PlacedDraft[],
): Error {
  const ids = new Set(inserted.map((row) => row.id));
  const index = clients.findIndex((client) => !ids.has(client.id));
  const path = drafts[index]?.path;
  return conflict(
    path ? `The clientId of element ${path} is taken.` : 'The clientId is taken.',
    'client_id_taken',
  );
}
