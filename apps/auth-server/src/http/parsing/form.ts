import { invalidRequest } from '#libs/common';

const defaultMaxLength = 1024;

/**
 * The parameters of a form body, read by the rules of the OAuth endpoints (RFC 6749 §3.2): an empty value is an
 * omitted one, a parameter that the server knows may be sent once only, all others are ignored.
 */
export class Form {
  private readonly first = new Map<string, string>();
  private more: Map<string, string[]> | undefined;

  /**
   * The value of a parameter that may be sent once; undefined when it is missing or empty.
   *
   * @throws DomainError `invalid_request` when it is repeated or longer than allowed
   */
  single(name: string, maxLength = defaultMaxLength): string | undefined {
    if (this.more?.has(name)) throw repeated(name);
    const value = this.first.get(name);
    return value ? withinLength(name, value, maxLength) : undefined;
  }

  /** Every value of a parameter that may be repeated, such as `resource` (RFC 8707 §2). */
  all(name: string, maxLength = defaultMaxLength): readonly string[] {
    const value = this.first.get(name);
    if (value === undefined) return [];
    return [value, ...(this.more?.get(name) ?? [])]
      .filter((each) => each !== '')
      .map((each) => withinLength(name, each, maxLength));
  }

  /** Every name that was sent, in order, whatever its value. */
  names(): IterableIterator<string> {
    return this.first.keys();
  }

  /** Refuses a repeated parameter of the protocol, also one that this request has no use for. */
  mustNotRepeat(known: Iterable<string>): void {
    if (this.more === undefined) return;
    for (const name of known) if (this.more.has(name)) throw repeated(name);
  }

  /** For the parser: takes the next parameter, in the order of the body. */
  append(name: string, value: string): void {
    if (!this.first.has(name)) {
      this.first.set(name, value);
      return;
    }
    this.more ??= new Map();
    const others = this.more.get(name);
    if (others) others.push(value);
    else this.more.set(name, [value]);
  }
}

function withinLength(name: string, value: string, maxLength: number): string {
  if (value.length > maxLength) throw invalidRequest(`The parameter ${name} is too long.`);
  return value;
}

function repeated(name: string) {
  return invalidRequest(`The parameter ${name} must not be repeated.`);
}
