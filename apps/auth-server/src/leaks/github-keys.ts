import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock, Settings, unavailable } from '#libs/common';

const keptMs = 3_600_000;
/** However many unknown keys are named: one request of ours a minute. */
const betweenLoadsMs = 60_000;
const timeoutMs = 5_000;
const mostBytes = 100_000;
const mostKeys = 100;

type Keys = ReadonlyMap<string, KeyObject>;

/**
 * The public keys by which GitHub's secret scanning signs: from a file, or from GitHub, asked again when they are an hour
 * old or a key is named that is not among them, and never more than once a minute.
 */
@Injectable()
export class GithubKeys {
  private readonly logger = new Logger(GithubKeys.name);
  private readonly place: string | undefined;
  private keys: Keys | undefined;
  private etag: string | undefined;
  private triedAtMs = Number.NEGATIVE_INFINITY;
  private loadedAtMs = Number.NEGATIVE_INFINITY;
  private loading: Promise<void> | undefined;

  constructor(
    @Inject(Settings) { githubLeakKeys }: Settings,
    private readonly clock: Clock,
  ) {
    this.place = githubLeakKeys;
  }

  /** Whether the operator switched GitHub's reports on. */
  get isOn(): boolean {
    return this.place !== undefined;
  }

  /**
   * The key of that name, if GitHub has such a one.
   *
   * @throws DomainError `unavailable` when no keys can be had
   */
  async find(identifier: string): Promise<KeyObject | undefined> {
    const isOld = this.clock.nowMs() - this.loadedAtMs > keptMs;
    if (isOld || !this.keys?.has(identifier)) await this.load();
    if (!this.keys) throw unavailable('The keys of GitHub cannot be had at the moment.', 60);
    return this.keys.get(identifier);
  }

  /** Of requests that come at once, one asks. */
  private load(): Promise<void> {
    this.loading ??= this.loadUnlessJustTried().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async loadUnlessJustTried(): Promise<void> {
    if (this.clock.nowMs() - this.triedAtMs < betweenLoadsMs) return;
    this.triedAtMs = this.clock.nowMs();
    await this.tryLoad();
  }

  /** What cannot be loaded leaves the keys as they are. */
  private async tryLoad(): Promise<void> {
    const place = this.place as string;
    try {
      const text = /^https?:/.test(place) ? await this.fetch(place) : await readFile(place, 'utf8');
      if (text !== undefined) this.keys = parseKeys(text);
      this.loadedAtMs = this.clock.nowMs();
    } catch (error) {
      this.logger.warn(`The keys of GitHub's secret scanning cannot be had: ${(error as Error).message}`);
    }
  }

  /** @returns undefined when they are the same as before */
  private async fetch(url: string): Promise<string | undefined> {
    const response = await fetch(url, {
      headers: {
        accept: 'application/json',
        'user-agent': 'clientele',
        ...(this.etag !== undefined && this.keys && { 'if-none-match': this.etag }),
      },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 304) return undefined;
    if (response.status !== 200) throw new Error(`the answer has the status ${response.status}`);
    const text = await readBounded(response);
    this.etag = response.headers.get('etag') ?? undefined;
    return text;
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @throws Error for anything but a list of names and EC keys on P-256, in PEM */
function parseKeys(text: string): Keys {
  const { public_keys: list } = JSON.parse(text) as { public_keys?: unknown };
  if (!Array.isArray(list) || list.length > mostKeys) throw new Error('there is no list "public_keys"');
  return new Map(list.map(toKey));
}

function toKey(entry: { key_identifier?: unknown; key?: unknown } | null): [string, KeyObject] {
  const { key_identifier: identifier, key } = entry ?? {};
  if (typeof identifier !== 'string' || typeof key !== 'string')
    throw new Error('an entry has no key_identifier or no key');
  const publicKey = createPublicKey(key);
  if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error('a key is not on the curve P-256');
  return [identifier, publicKey];
}
