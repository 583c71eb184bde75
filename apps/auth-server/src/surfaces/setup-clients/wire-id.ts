import type { PipeTransform } from '@nestjs/common';
import { notFound } from '#libs/common';

/** An internal id as this surface writes it: 32 hexadecimal digits. */
export function toWireId(id: string): string {
  return id.replaceAll('-', '');
}

/** Reads an id of the path; one of another form is the id of nothing. */
export class WireIdPipe implements PipeTransform<string, string> {
  /** @param noun what the id is of */
  constructor(private readonly noun: string) {}

  /** @throws DomainError `not_found` */
  transform(wireId: string): string {
    const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(wireId);
    if (!parts) throw notFound(this.noun);
    return parts.slice(1).join('-').toLowerCase();
  }
}
