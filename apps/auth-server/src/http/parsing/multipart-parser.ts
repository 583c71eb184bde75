import { Busboy } from '@fastify/busboy';
import { HttpProblem } from '../problems/problem.js';
import { Form } from './form.js';
import { controlCharacter, formLimitBytes, maxNameLength, maxParameters } from './form-parser.js';

/** What a body of at most `formLimitBytes` needs is over in a few milliseconds, or the parser will never end. */
const patienceMs = 2_000;
const limits = {
  files: 0,
  fields: maxParameters,
  parts: maxParameters,
  fieldSize: formLimitBytes,
  headerPairs: 8,
  headerSize: 2_048,
} as const;

/**
 * Parses `multipart/form-data` (RFC 7578) by the rules of a form: fields of plain UTF-8 text. A file, a part that is
 * no text and one without a name are refused.
 *
 * @throws HttpProblem 400
 */
export async function parseMultipart(bytes: Buffer, contentType: string): Promise<Form> {
  const parser = busboyFor(contentType);
  const form = new Form();
  return new Promise((resolve, reject) => {
    const refuse = (what: string) => {
      clearTimeout(patience);
      reject(malformed(what));
    };
    const patience = setTimeout(() => refuse('never ends'), patienceMs);
    parser
      .on('filesLimit', () => refuse('must have nothing but named fields of plain text'))
      .on('fieldsLimit', () => refuse(`has more than ${maxParameters} fields`))
      .on('partsLimit', () => refuse(`has more than ${maxParameters} parts`))
      .on('field', (name, value) => {
        const what = wrongWith(name, value);
        if (what) refuse(what);
        else form.append(name, value);
      })
      .on('error', () => refuse('is not well-formed'))
      .on('finish', () => {
        clearTimeout(patience);
        resolve(form);
      });
    parser.end(bytes);
  });
}

function busboyFor(contentType: string) {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits, isPartAFile });
  } catch {
    throw malformed('has no usable boundary');
  }
}

function isPartAFile(name: string | undefined, mediaType: string | undefined, fileName: string | undefined) {
  return name === undefined || fileName !== undefined || mediaType !== 'text/plain';
}

function wrongWith(name: string, value: string): string | undefined {
  if (name.length > maxNameLength) return 'has a field with too long a name';
  // What was no UTF-8 has been replaced by that character, which no honest value contains.
  if (`${name}${value}`.includes('\ufffd')) return 'is not valid UTF-8';
  return controlCharacter.test(name) || controlCharacter.test(value)
    ? 'contains a control character'
    : undefined;
}

function malformed(what: string): HttpProblem {
  return new HttpProblem(400, 'malformed_form', `The form body ${what}.`);
}
