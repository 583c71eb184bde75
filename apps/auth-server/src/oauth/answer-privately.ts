import type { FastifyReply } from 'fastify';
import { answerAtOnce } from '../http/answer-at-once.js';

/**
 * Answers 200 with what is for the caller alone: nobody keeps it (RFC 6749 §5.1). `Cache-Control: no-store` stands
 * with every answer; this adds its predecessor of HTTP/1.0.
 */
export function answerPrivately(reply: FastifyReply, json: string): void {
  answerAtOnce(reply.header('pragma', 'no-cache'), 'application/json; charset=utf-8', json);
}
