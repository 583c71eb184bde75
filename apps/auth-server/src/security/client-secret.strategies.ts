import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport';
import { BasicStrategy } from 'passport-http';
import { type PresentedPair, readPresentedSecret } from './presented-secret.js';

/*
 * The strategies say how a secret is carried; ClientAuthGuard has it proved. They hold no state, for Passport keeps
 * them in a registry of the whole process.
 */

/**
 * The secret in an Authorization header. passport-http by itself cuts the secret at a second colon and does not
 * decode the parts, so what it parsed is not used: the header is read again by the book.
 */
@Injectable()
export class ClientSecretBasicStrategy extends PassportStrategy(BasicStrategy, 'client_secret_basic') {
  constructor() {
    super({ passReqToCallback: true });
  }

  validate(request: FastifyRequest): PresentedPair | false {
    const presented = readPresentedSecret(request);
    return presented.method === 'client_secret_basic' && presented;
  }
}

/** Passport has no strategy of its own for the request body. */
class BodyStrategy extends Strategy {
  constructor(
    private readonly read: (request: FastifyRequest, done: (error: unknown, user?: unknown) => void) => void,
  ) {
    super();
  }

  override authenticate(request: unknown): void {
    this.read(request as FastifyRequest, (error, user) => {
      if (error) this.error(error);
      else if (user) this.success(user as Express.User);
      else this.fail(401);
    });
  }
}

/** The id and the secret as parameters of the body. */
@Injectable()
export class ClientSecretPostStrategy extends PassportStrategy(BodyStrategy, 'client_secret_post') {
  validate(request: FastifyRequest): PresentedPair | false {
    const presented = readPresentedSecret(request);
    return presented.method === 'client_secret_post' && presented;
  }
}
