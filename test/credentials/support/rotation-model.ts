/** What the model knows of a credential. */
export interface ModelCredential {
  readonly number: number;
  readonly replaces: number | undefined;
  revoked: boolean;
  /** In seconds of the model; undefined: it is not to retire. */
  retiresAt: number | undefined;
  quietSeconds: number | undefined;
  readonly audit: string[];
}

export interface ModelOverlap {
  readonly overlapSeconds?: number;
  readonly retireAfterQuietSeconds?: number;
}

/** Either what must be answered, or the conflict that must be. */
export type Expected = 'done' | 'conflict';

const mostLive = 5;
const undoSeconds = 3_600;
const usualOverlapSeconds = 86_400;

/** The state machine of rotation as docs/credential-lifecycle and the contract have it, without a database or HTTP. */
export class RotationModel {
  readonly credentials: ModelCredential[] = [];
  now = 0;
  /** Somebody asked for it that nothing works any more. */
  emptied = false;
  private moments = 0;

  constructor() {
    this.add(undefined);
  }

  statusOf({ revoked, retiresAt }: ModelCredential): 'active' | 'retiring' | 'retired' | 'revoked' {
    if (revoked) return 'revoked';
    if (retiresAt === undefined) return 'active';
    return retiresAt <= this.now ? 'retired' : 'retiring';
  }

  works(credential: ModelCredential): boolean {
    return ['active', 'retiring'].includes(this.statusOf(credential));
  }

  create(): Expected {
    if (this.live().length >= mostLive) return 'conflict';
    this.add(undefined);
    return 'done';
  }

  rotate(old: ModelCredential, overlap: ModelOverlap): Expected {
    if (this.statusOf(old) !== 'active') return 'conflict';
    const ends = this.retirement(overlap);
    if (ends > this.now && this.live().length >= mostLive) return 'conflict';
    old.retiresAt = ends;
    old.quietSeconds = overlap.retireAfterQuietSeconds;
    old.audit.push('credential.retiring');
    this.add(old.number);
    return 'done';
  }

  cancel(old: ModelCredential): Expected {
    if (this.statusOf(old) !== 'retiring') return 'conflict';
    const replacement = this.replacementOf(old);
    const status = replacement && this.statusOf(replacement);
    if (status === 'retiring') return 'conflict';
    this.callOff(old);
    if (replacement && status === 'active') this.revoke(replacement);
    return 'done';
  }

  complete(old: ModelCredential): Expected {
    if (this.statusOf(old) !== 'retiring') return 'conflict';
    old.retiresAt = this.now;
    old.quietSeconds = undefined;
    old.audit.push('credential.retired');
    return 'done';
  }

  undo(old: ModelCredential, overlap: ModelOverlap): Expected {
    if (this.statusOf(old) !== 'retired' || (old.retiresAt ?? 0) + undoSeconds <= this.now) return 'conflict';
    if (this.live().length >= mostLive) return 'conflict';
    const quiet = overlap.retireAfterQuietSeconds ?? old.quietSeconds;
    const whole = { ...overlap, ...(quiet !== undefined && { retireAfterQuietSeconds: quiet }) };
    old.retiresAt = this.retirement(whole);
    old.quietSeconds = quiet;
    old.audit.push('credential.retirement_undone');
    this.keepOne();
    return 'done';
  }

  revoke(credential: ModelCredential): void {
    const before = this.statusOf(credential);
    if (before === 'revoked') return;
    const worked = this.works(credential);
    credential.revoked = true;
    credential.audit.push('credential.revoked');
    const old = this.credentials.find(({ number }) => number === credential.replaces);
    if (before === 'active' && old && this.statusOf(old) === 'retiring') this.callOff(old);
    this.keepOne();
    if (worked && this.live().length === 0) this.emptied = true;
  }

  /** @returns whether it gets a token */
  use(credential: ModelCredential): boolean {
    if (!this.works(credential)) return false;
    const { retiresAt, quietSeconds } = credential;
    if (retiresAt !== undefined && quietSeconds !== undefined) {
      credential.retiresAt = Math.max(retiresAt, this.later(quietSeconds));
    }
    return true;
  }

  live(): ModelCredential[] {
    return this.credentials.filter((credential) => this.works(credential));
  }

  private add(replaces: number | undefined): void {
    const number = this.credentials.length;
    const fresh = { revoked: false, retiresAt: undefined, quietSeconds: undefined };
    this.credentials.push({ number, replaces, ...fresh, audit: ['credential.issued'] });
    this.emptied = false;
  }

  private replacementOf({ number }: ModelCredential): ModelCredential | undefined {
    return this.credentials.findLast(({ replaces }) => replaces === number);
  }

  private callOff(old: ModelCredential): void {
    old.retiresAt = undefined;
    old.quietSeconds = undefined;
    old.audit.push('credential.rotation_cancelled');
  }

  /** When nothing is left that stays, the last one to retire stays. */
  private keepOne(): void {
    const live = this.live();
    if (live.length === 0 || live.some(({ retiresAt }) => retiresAt === undefined)) return;
    this.callOff(live.sort((a, b) => (b.retiresAt ?? 0) - (a.retiresAt ?? 0))[0] as ModelCredential);
  }

  private retirement({ overlapSeconds, retireAfterQuietSeconds: quiet }: ModelOverlap): number {
    const overlap = overlapSeconds ?? (quiet === undefined ? usualOverlapSeconds : 0);
    const seconds = Math.max(overlap, quiet ?? 0);
    return seconds === 0 ? this.now : this.later(seconds);
  }

  /** What happens at the same second of the model happens one after the other on the server. */
  private later(seconds: number): number {
    return this.now + seconds + ++this.moments / 1_000;
  }
}
