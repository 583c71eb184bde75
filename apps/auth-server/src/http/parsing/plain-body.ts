import type { IncomingMessage } from 'node:http';
import { formMediaType } from '../route.js';
import type { Form } from './form.js';
import { formLimitBytes, parseForm } from './form-parser.js';

/**
 * Whether a request says that its body is what almost every OAuth client sends: a form that is not compressed, of a
 * length within the limit, and with no parameters to the media type.
 */
export function hasPlainForm({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (
    headers['content-type'] === formMediaType &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) <= formLimitBytes
  );
}

/** Whether a request has no body. */
export function hasNoBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/**
 * Reads the body of a request that `hasPlainForm`. The HTTP parser sees to it that it is as long as was said.
 *
 * @param then is called once: with what parseForm threw, or why the body did not come, or else with the form
 */
export function readPlainForm(
  request: IncomingMessage,
  then: (error: Error | null, form?: Form) => void,
): void {
  const chunks: Buffer[] = [];
  const fail = (error: Error) => then(Object.assign(error, { statusCode: 400 }));
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('error', fail);
  request.on('end', () => {
    request.off('error', fail);
    let form: Form;
    try {
      form = parseForm(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    } catch (error) {
      then(error as Error);
      return;
    }
    then(null, form);
  });
}
