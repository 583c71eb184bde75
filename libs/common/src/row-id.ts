import { v7 } from 'uuid';

/**
 * An id for a new row, a UUID of version 7 (RFC 9562 §5.7): later ones are greater, so that rows of one moment are listed
 * in the order of their creation, and what is created one after the other stands together in every index. With random
 * ids, each row would touch a page of its own in each index of a large table.
 */
export function newRowId(): string {
  return v7();
}
