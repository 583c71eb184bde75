import type { Issue } from '#libs/common';
import { HttpProblem } from '../problems/problem.js';

const maxDepth = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const blanks = /[ \t\n\r]*/y;
const loneSurrogate = /\p{Cs}/u;
const plainName = /^[\w$@&.:-]{1,64}$/;
const literals = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/**
 * Parses a JSON text (RFC 8259) more strictly than `JSON.parse`: no repeated names, no names that every object
 * inherits (`__proto__`, `constructor`), no NUL, no lone surrogate, no more than 32 levels.
 *
 * @throws HttpProblem 400 which names line and column, or the path of the field, and never repeats the content
 */
export function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new HttpProblem(400, 'malformed_json', 'The body is not valid UTF-8.');
  }
  return new JsonReader(text).read();
}

/** The path of a field inside a body: `[2].clientPermissions.roles.ROLE_X[0]`. */
export function fieldPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  // A name that the caller made up may hold anything: only a harmless one is repeated.
  const name = plainName.test(key) ? key : '*';
  return parent ? `${parent}.${name}` : name;
}

class JsonReader {
  private at = 0;
  /** Where the reader is, outermost first; becomes a path only for an error. */
  private readonly trail: (string | number)[] = [];

  constructor(private readonly text: string) {}

  read(): unknown {
    const value = this.value();
    this.skipBlanks();
    if (this.at < this.text.length) throw this.malformed();
    return value;
  }

  private value(): unknown {
    this.skipBlanks();
    const character = this.text[this.at];
    if (character === '"') return this.string();
    if (character === '{') return this.object();
    if (character === '[') return this.array();
    for (const [word, value] of literals) {
      if (character !== word[0] || !this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return this.number();
  }

  private object(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    this.enter('');
    while (!this.ends('}')) {
      this.skipBlanks();
      if (this.text[this.at] !== '"') throw this.malformed();
      const name = this.string();
      this.trail[this.trail.length - 1] = name;
      if (name in Object.prototype) throw this.refused('must not have this name');
      if (Object.hasOwn(result, name)) throw this.refused('must not be repeated');
      this.expect(':');
      result[name] = this.value();
      if (!this.continues('}')) break;
    }
    this.trail.pop();
    return result;
  }

  private array(): unknown[] {
    const result: unknown[] = [];
    this.enter(0);
    while (!this.ends(']')) {
      this.trail[this.trail.length - 1] = result.length;
      result.push(this.value());
      if (!this.continues(']')) break;
    }
    this.trail.pop();
    return result;
  }

  private string(): string {
    const start = this.at;
    let end = start;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end === -1) throw this.malformed(this.text.length);
    } while (this.isEscaped(end));
    this.at = end + 1;
    const raw = this.text.slice(start, end + 1);
    const value = this.unescape(raw, start);
    if (value.includes('\0')) throw this.refused('must not contain the NUL character');
    if (loneSurrogate.test(value)) throw this.refused('must be well-formed Unicode');
    return value;
  }

  /** A quote is escaped when an odd number of backslashes stands before it. */
  private isEscaped(quote: number): boolean {
    let before = quote - 1;
    while (this.text[before] === '\\') before--;
    return (quote - before) % 2 === 0;
  }

  private unescape(raw: string, start: number): string {
    try {
      return JSON.parse(raw) as string;
    } catch {
      throw this.malformed(start);
    }
  }

  private number(): number {
    numberPattern.lastIndex = this.at;
    const digits = numberPattern.exec(this.text)?.[0];
    if (digits === undefined) throw this.malformed();
    this.at += digits.length;
    const value = Number(digits);
    if (!Number.isFinite(value)) throw this.refused('must be a smaller number');
    return value;
  }

  private enter(key: string | number): void {
    this.at++;
    if (this.trail.push(key) > maxDepth) {
      throw new HttpProblem(400, 'json_too_deep', `The body is nested deeper than ${maxDepth} levels.`);
    }
  }

  /** Whether the object or array ends before its first entry. */
  private ends(bracket: string): boolean {
    this.skipBlanks();
    if (this.text[this.at] !== bracket) return false;
    this.at++;
    return true;
  }

  /** Whether another entry follows; a comma must not stand before the end. */
  private continues(bracket: string): boolean {
    if (this.ends(bracket)) return false;
    this.expect(',');
    this.skipBlanks();
    if (this.text[this.at] === bracket) throw this.malformed();
    return true;
  }

  private expect(character: string): void {
    this.skipBlanks();
    if (this.text[this.at] !== character) throw this.malformed();
    this.at++;
  }

  private skipBlanks(): void {
    blanks.lastIndex = this.at;
    blanks.test(this.text);
    this.at = blanks.lastIndex;
  }

  private malformed(at = this.at): HttpProblem {
    const before = this.text.slice(0, at).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
    return new HttpProblem(400, 'malformed_json', `The body is not valid JSON: error at ${place}.`);
  }

  private refused(message: string): HttpProblem {
    const issue: Issue = { path: this.trail.reduce<string>(fieldPath, ''), message };
    return new HttpProblem(400, 'invalid_json', 'The body contains what is not allowed.', [issue]);
  }
}
