import { verify } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { forbidden } from '#libs/common';
import { parseJson } from '../http/parsing/json-parser.js';
import { HttpProblem, problemOfStatus } from '../http/problems/problem.js';
import { GithubKeys } from './github-keys.js';

const base64 = /^[A-Za-z0-9+/]{80,160}={0,2}$/;
const identifierPattern = /^[\w-]{1,128}$/;

/**
 * Lets in what GitHub signed: ECDSA on P-256 with SHA-256, over the body as it came (secret scanning partner program).
 * Only then the body is parsed.
 */
@Injectable()
export class GithubSignatureGuard implements CanActivate {
  constructor(private readonly keys: GithubKeys) {}

  /** @throws DomainError `forbidden`; HttpProblem 404 unless GitHub's reports are switched on, 400 for no JSON */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.keys.isOn) throw nothingHere();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { headers, body: bytes } = request;
    const identifier = headers['github-public-key-identifier'];
    const signature = headers['github-public-key-signature'];
    const isWhole =
      typeof identifier === 'string' &&
      typeof signature === 'string' &&
      identifierPattern.test(identifier) &&
      base64.test(signature);
    if (!isWhole || !Buffer.isBuffer(bytes)) throw notSigned();
    const key = await this.keys.find(identifier);
    if (!key || !verify('sha256', bytes, key, Buffer.from(signature, 'base64'))) throw notSigned();
    request.body = parseJson(bytes);
    return true;
  }
}

function notSigned(): Error {
  return forbidden('The request is not signed by GitHub.', 'bad_signature');
}

/** As at a path that there is not. */
function nothingHere(): HttpProblem {
  const { status, code, message } = problemOfStatus(404, '');
  return new HttpProblem(status, code, message);
}
