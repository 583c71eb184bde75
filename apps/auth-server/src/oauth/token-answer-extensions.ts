import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '#libs/credentials';
import type { IssuedToken } from '#libs/tokens';

/** What a surface adds to the answer of the token endpoint for its clients (RFC 6749 §5.1 lets members be added). */
export type TokenAnswerExtension = (
  client: RegisteredClient,
  token: IssuedToken,
) => Readonly<Record<string, unknown>>;

/** Knows what the token endpoint answers beyond the protocol: a surface's module registers it in its constructor. */
@Injectable()
export class TokenAnswerExtensions {
  private readonly extensions: { readonly surface: string; readonly extension: TokenAnswerExtension }[] = [];

  /** @param surface the name under which the surface keeps attributes with its clients: it is for these alone */
  register(surface: string, extension: TokenAnswerExtension): void {
    this.extensions.push({ surface, extension });
  }

  /** The members to add, or undefined for a client that no surface has anything to add for. */
  of(client: RegisteredClient, token: IssuedToken): Readonly<Record<string, unknown>> | undefined {
    for (const { surface, extension } of this.extensions) {
      if (client.attributes[surface] !== undefined) return extension(client, token);
    }
    return undefined;
  }
}
