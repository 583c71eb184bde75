import type { Answer, RequestOptions } from './http-client.js';

const shortest = 16;
const secretMember = /secret|^(access_)?token$|enrolmentCode|private|password|assertion|Jwe$|signingKey/i;
/** Named like secrets, and made to be shown. */
const harmlessMember = /hint|until|url|uri|endpoint|method|type|prefix|^id$|expires|Id$/i;

/** Every value that a test run saw as a secret, by what it was. */
export class CollectedSecrets {
  readonly values = new Map<string, string>();
  private readonly seen = new Set<string>();
  private readonly counts = new Map<string, number>();

  /** @param mostOfAKind more of the same kind are left out: they would go where the others went */
  constructor(private readonly mostOfAKind = Number.POSITIVE_INFINITY) {}

  /** What a request says in confidence. */
  ofOptions(name: string, { token, basic, form }: RequestOptions): void {
    this.add(`Bearer of ${name}`, token ?? '');
    this.add(`secret of ${name}`, basic?.[1] ?? '');
    if (form) this.ofMembers(name, Object.fromEntries(new URLSearchParams(form)));
  }

  /** What the head and the body of a request say in confidence. */
  ofRequest(name: string, bytes: Buffer): void {
    const text = bytes.toString('latin1');
    const [, scheme = '', credentials = ''] = /^Authorization: (Bearer|Basic) (\S+)\r$/m.exec(text) ?? [];
    this.add(`${scheme} of ${name}`, credentials);
    if (scheme !== 'Basic') return;
    const secret = Buffer.from(credentials, 'base64').toString().split(':')[1] ?? '';
    this.add(`secret of ${name}`, decodeURIComponent(secret.replaceAll('+', ' ')));
  }

  /** What an answer that succeeded hands out. */
  ofAnswer(name: string, { status, body }: Answer): void {
    if (status < 300) this.ofMembers(name, body);
  }

  /** What is public, though a test will present it as a secret. */
  leaveOut(value: string): void {
    this.seen.add(value);
  }

  add(name: string, value: string): void {
    if (value.length < shortest || this.seen.has(value)) return;
    const count = (this.counts.get(name) ?? 0) + 1;
    if (count > this.mostOfAKind) return;
    this.counts.set(name, count);
    this.seen.add(value);
    this.values.set(`${name} (${count})`, value);
  }

  private ofMembers(name: string, value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [member, each] of Object.entries(value)) {
      if (typeof each !== 'string') this.ofMembers(name, each);
      else if (secretMember.test(member) && !harmlessMember.test(member))
        this.add(`${member} of ${name}`, each);
    }
  }
}
