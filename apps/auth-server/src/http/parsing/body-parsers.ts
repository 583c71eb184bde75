import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { formMediaType, multipartMediaType } from '../route.js';
import { usualBodyLimitBytes } from './body-limits.js';
import { formLimitBytes, parseForm } from './form-parser.js';
import { parseJson } from './json-parser.js';
import { parseMultipart } from './multipart-parser.js';

const jsonMediaTypes = /^(application\/([a-z0-9.!#$&^_-]+\+)?json|text\/json)\s*(;|$)/;

/**
 * Replaces Fastify's body parsers by strict ones. What a route does not declare to accept is refused with 415
 * (RFC 9110 §15.5.16), and so are encoded (compressed) bodies and charsets other than UTF-8.
 */
export function registerBodyParsers(fastify: FastifyInstance, bodyLimitBytes: number): void {
  fastify.removeAllContentTypeParsers();
  const formOptions = { parseAs: 'buffer', bodyLimit: formLimitBytes } as const;
  fastify.addContentTypeParser(formMediaType, formOptions, (request: FastifyRequest, body: Buffer, done) => {
    done(null, readBody(request, body, parseForm));
  });
  fastify.addContentTypeParser(
    multipartMediaType,
    formOptions,
    async (request: FastifyRequest, body: Buffer) =>
      readBody(request, body, (bytes) => parseMultipart(bytes, request.headers['content-type'] ?? '')),
  );
  const jsonLimit = Math.min(bodyLimitBytes, usualBodyLimitBytes);
  const jsonOptions = { parseAs: 'buffer', bodyLimit: jsonLimit } as const;
  fastify.addContentTypeParser(jsonMediaTypes, jsonOptions, (request: FastifyRequest, body: Buffer, done) => {
    done(null, readBody(request, body, request.route?.keepsBytes ? keepBytes : parseJsonOrNothing));
  });
}

/** Runs a parser if the route takes such a body; what it throws becomes the answer. */
function readBody<T>(request: FastifyRequest, body: Buffer, parse: (body: Buffer) => T): T | undefined {
  // No route, so the answer is 404 or 405 whatever the body holds.
  if (request.route === null) return undefined;
  mustBeAccepted(request);
  return parse(body);
}

const keepBytes = (body: Buffer): Buffer => body;

/** An empty body is no body: `DELETE` and bodiless `POST` requests often carry a JSON media type all the same. */
function parseJsonOrNothing(body: Buffer): unknown {
  return body.length === 0 ? undefined : parseJson(body);
}

function mustBeAccepted({ headers, route }: FastifyRequest): void {
  const contentType = headers['content-type'] ?? '';
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw unsupported('The request body must not be encoded (compressed).');
  }
  const semicolon = contentType.indexOf(';');
  const mediaType = semicolon === -1 ? contentType : contentType.slice(0, semicolon);
  const accepts = route?.accepts ?? [];
  if (!accepts.includes(mediaType) && !accepts.includes(mediaType.trim().toLowerCase())) {
    throw unsupported(`The request body must be ${accepts.join(' or ')}.`);
  }
  if (semicolon !== -1 && !isUtf8(contentType.slice(semicolon + 1))) {
    throw unsupported('The charset of the request body must be UTF-8.');
  }
}

/** Whether the parameters of a media type name no other charset than UTF-8, also not a second one. */
function isUtf8(parameters: string): boolean {
  const charsets = parameters.matchAll(/(?:^|;)\s*charset\s*=\s*"?([^";\s]*)"?/gi);
  return [...charsets].every(([, charset = '']) => /^utf-?8$/i.test(charset));
}

function unsupported(message: string): HttpProblem {
  return new HttpProblem(415, 'unsupported_media_type', message);
}
