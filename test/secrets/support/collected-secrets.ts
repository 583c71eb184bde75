import type { Answer } from '../../support/http-client.js';

const shortest = 16;
const secretMember = /secret|^(access_)?token$|enrolmentCode|private|password|assertion|Jwe$|signingKey/i;
/** Named like secrets, and made to be shown. */
const harmlessMember = /hint|url|uri|endpoint|method|type|prefix|^id$|expires|Id$/i;

/** Every value that a test run saw as a secret, by what it was. */
export class CollectedSecrets {
  readonly values = new Map<string, string>();
  private readonly seen = new Set<string>();

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

  private ofMembers(name: string, value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [member, each] of Object.entries(value)) {
      if (typeof each !== 'string') this.ofMembers(name, each);
      else if (secretMember.test(member) && !harmlessMember.test(member))
        this.add(`${member} of ${name}`, each);
    }
  }

  private add(name: string, value: string): void {
    if (value.length < shortest || this.seen.has(value)) return;
    this.seen.add(value);
    this.values.set(`${name} (${this.seen.size})`, value);
  }
}
