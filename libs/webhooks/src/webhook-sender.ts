import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '#libs/common';
import { AddressRule } from './address-rule.js';

const mostBodyBytes = 65_536;

/** What came of one attempt. */
export interface Outcome {
  /** The HTTP status; null: there was no answer. */
  readonly status: number | null;
  /** Why there was none, in a fixed word. */
  readonly failure: string | null;
  /** The header of that name. */
  readonly retryAfter: string | undefined;
}

/** What is sent. */
export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const words: Readonly<Record<string, string>> = {
  ADDRESS_REFUSED: 'address_refused',
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  ABORT_ERR: 'timeout',
};

/** Sends one request, follows no redirect, reads little of the answer and keeps none of it. Never rejects. */
@Injectable()
export class WebhookSender {
  constructor(
    private readonly addresses: AddressRule,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** @param stop gives the attempt up before its time is over */
  send(message: Message, stop: AbortSignal): Promise<Outcome> {
    const complaint = this.addresses.complaint(message.url);
    if (complaint)
      return Promise.resolve({ status: null, failure: 'address_refused', retryAfter: undefined });
    const isOver = AbortSignal.timeout(this.settings.webhookTimeoutSeconds * 1000);
    return new Promise((settle) => {
      const send = message.url.startsWith('https:') ? requestHttps : requestHttp;
      const request = send(message.url, {
        method: 'POST',
        headers: { ...message.headers, 'content-length': Buffer.byteLength(message.body) },
        // A connection of its own: its address was checked for this delivery.
        agent: false,
        lookup: this.addresses.lookup,
        signal: AbortSignal.any([isOver, stop]),
      });
      request.on('error', (error) =>
        settle({ status: null, failure: failureOf(error), retryAfter: undefined }),
      );
      request.on('response', (response) => {
        const { statusCode = 0, headers } = response;
        const outcome: Outcome = { status: statusCode, failure: null, retryAfter: headers['retry-after'] };
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > mostBodyBytes) response.destroy();
        });
        // What the receiver decided stands, whatever becomes of the rest of its answer.
        response.on('error', () => undefined);
        response.on('close', () => settle(outcome));
      });
      request.end(message.body);
    });
  }
}

function failureOf(error: Error & { code?: string }): string {
  const { code = '' } = error;
  if (words[code]) return words[code];
  return /CERT|TLS|SSL|ERR_OSSL|SELF_SIGNED|UNABLE_TO/.test(code) ? 'tls' : 'connection_failed';
}
