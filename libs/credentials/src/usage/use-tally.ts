/** What was counted of a credential since it was written last, from everywhere or from one place. */
export interface Use {
  /** By which it is counted: the credential, or with where from it came. */
  readonly key: string;
  readonly credentialId: string;
  /** Since the epoch, in UTC; of a place: of no meaning. */
  day: number;
  usedAtMs: number;
  address: string;
  /** The header; of a place: its family. */
  userAgent: string | undefined;
  /** Whether others wait for it to be quiet. */
  isUrgent: boolean;
  count: number;
  /** The turn for which it waits. */
  due: number;
}

/** How often a turn comes: often, so that who asks the database for something else never waits for many rows. */
export const turnMs = 20;
/** Ten seconds. */
export const usualTurns = 10_000 / turnMs;
/** A minute. */
export const mostTurns = 60_000 / turnMs;
/** A second. */
const urgentTurns = 1_000 / turnMs;
/** Of more than this in a turn, each is written more seldom: as many rows a second then, however many are in use. */
const usesPerTurn = 10;

/**
 * Counts uses in memory and tells in turn which are to be written: what was quiet before at the next turn, what goes on
 * being used after a random part of the second half of its turns, so that not all are written at once. What is counted
 * again meanwhile allocates nothing.
 */
export class UseTally {
  /** Each waits for one turn; what was not used again by then goes. */
  private readonly counted = new Map<string, Use>();
  private readonly turns: Use[][] = Array.from({ length: mostTurns }, () => []);
  private turn = 0;
  /** Of days that were over before they could be written. */
  private ended: Use[] = [];

  /** @param most how many keys it holds: others are not counted */
  constructor(private readonly most = Number.POSITIVE_INFINITY) {}

  get isEmpty(): boolean {
    return this.counted.size === 0 && this.ended.length === 0;
  }

  count(
    key: string,
    credentialId: string,
    day: number,
    usedAtMs: number,
    address: string,
    userAgent: string | undefined,
    isUrgent = false,
  ): void {
    const use = this.counted.get(key);
    if (use === undefined) {
      this.begin({ key, credentialId, day, usedAtMs, address, userAgent, isUrgent, count: 1, due: 0 });
      return;
    }
    if (use.day !== day) this.beginDay(use, day);
    use.count++;
    use.usedAtMs = usedAtMs;
    // An equal text of this request would keep its memory for longer than it lives.
    if (use.address !== address) use.address = address;
    if (use.userAgent !== userAgent) use.userAgent = userAgent;
    if (isUrgent && !use.isUrgent) this.wait(use, urgentTurns);
    use.isUrgent = isUrgent;
  }

  /** Those whose turn it is, counted from zero again. */
  takeDue(): Use[] {
    const turn = this.turn++;
    const due = this.turns[turn % mostTurns] as Use[];
    this.turns[turn % mostTurns] = [];
    const taken = this.takeEnded();
    for (const use of due) {
      if (use.due !== turn) continue;
      if (use.count === 0) {
        this.counted.delete(use.key);
        continue;
      }
      taken.push(take(use));
      this.wait(use, Math.floor((this.turnsOf(use) / 2) * (1 + Math.random())));
    }
    return taken;
  }

  /** All of them. */
  takeAll(): Use[] {
    const taken = this.takeEnded();
    for (const use of this.counted.values()) if (use.count > 0) taken.push(take(use));
    return taken;
  }

  /** Those of one key. */
  takeOf(key: string): Use[] {
    const use = this.counted.get(key);
    return use === undefined || use.count === 0 ? [] : [take(use)];
  }

  /** Adds what was taken and could not be written. */
  restore(taken: Use): void {
    const use = this.counted.get(taken.key);
    if (use === undefined) this.begin(taken);
    else if (use.day === taken.day) use.count += taken.count;
    else this.ended.push(taken);
  }

  private begin(use: Use): void {
    if (this.counted.size >= this.most) return;
    this.counted.set(use.key, use);
    this.wait(use, 0);
  }

  private beginDay(use: Use, day: number): void {
    if (use.count > 0) this.ended.push(take(use));
    use.day = day;
  }

  /** @param turns after the next one, fewer than there are */
  private wait(use: Use, turns: number): void {
    use.due = this.turn + turns;
    this.turns[use.due % mostTurns]?.push(use);
  }

  /** After how many turns at most it is written again while it goes on being used. */
  private turnsOf({ isUrgent }: Use): number {
    if (isUrgent) return urgentTurns;
    return Math.min(mostTurns, Math.max(usualTurns, this.counted.size / usesPerTurn));
  }

  private takeEnded(): Use[] {
    const taken = this.ended;
    this.ended = [];
    return taken;
  }
}

function take(use: Use): Use {
  const taken = { ...use };
  use.count = 0;
  return taken;
}
