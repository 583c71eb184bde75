import { noteExchange } from './leak-watch.js';

/** What a request may carry besides its method and path. */
export interface RequestOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** Sent as `Authorization: Basic`, form-encoded as RFC 6749 §2.3.1 asks. */
  readonly basic?: readonly [clientId: string, secret: string];
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>> | URLSearchParams;
  /** A body as it is; give its `Content-Type` among the headers. */
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly text: string;
  /** The body read as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape and assert what they find
  readonly body: any;
}

/** Sends one request and reads the whole answer. */
export async function send(
  origin: string,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const { token, basic, json, form, body } = options;
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (basic) headers.set('authorization', basicHeader(...basic));
  if (json !== undefined) headers.set('content-type', 'application/json');
  if (form) headers.set('content-type', 'application/x-www-form-urlencoded');
  const payload =
    json === undefined ? ((form && new URLSearchParams(form).toString()) ?? body) : JSON.stringify(json);
  const response = await fetch(origin + path, {
    method,
    headers,
    redirect: 'manual',
    ...(payload !== undefined && { body: payload as string }),
  });
  const text = await response.text();
  const answer = { status: response.status, headers: response.headers, text, body: parsed(text) };
  noteExchange(method, path, options, answer);
  return answer;
}

/** The header of client_secret_basic: both parts form-encoded, then Base64 (RFC 6749 §2.3.1). */
export function basicHeader(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(secret)}`).toString('base64')}`;
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** The text read as JSON; undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
