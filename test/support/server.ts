import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { createApplication } from '#app/application';
import { compose } from '#app/composition';
import { Clock, type Settings } from '#libs/common';
import { cloneDatabase, type TestDatabase } from './database.js';
import { type Answer, type RequestOptions, send } from './http-client.js';
import { noteOutput, watchedLog } from './leak-watch.js';
import { testSettings } from './settings.js';
import { templateOperatorSecret } from './template.js';

/** A client that can get tokens. */
export interface TestClient {
  readonly clientId: string;
  readonly secret: string;
}

/** The real application on a database of its own, listening on a port of its own. */
export interface TestServer {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly settings: Settings;
  /** The client with ROLE_ADMIN. */
  readonly operator: TestClient;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Gets an access token by client_secret_basic, and fails when it gets none. */
  token(client: TestClient, parameters?: Readonly<Record<string, string>>): Promise<string>;
  /** A token of the operator; fetched once. */
  operatorToken(): Promise<string>;
  /** Moves this server's clock ahead. */
  advanceClock(seconds: number): void;
  close(): Promise<void>;
}

interface ServerOptions {
  readonly settings?: Partial<Settings>;
  /** A second server on the database of the first one; the first one drops it. */
  readonly sharing?: Pick<TestServer, 'database'>;
  /** How far its clock is ahead when it starts; negative: behind. */
  readonly clockAheadSeconds?: number;
}

/** Boots the real application on a clone of the template database. */
export async function startServer({
  settings: overrides,
  sharing,
  clockAheadSeconds = 0,
}: ServerOptions = {}): Promise<TestServer> {
  const settings = testSettings(overrides);
  const database = sharing?.database ?? (await cloneDatabase());
  const composition = await compose(settings, database.url);
  const app = await createApplication(composition.module, settings, await watchedLog());
  const clock = app.get(Clock, { strict: false });
  let aheadMs = clockAheadSeconds * 1000;
  clock.nowMs = () => Date.now() + aheadMs;
  await app.init();
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const request = (method: string, path: string, options?: RequestOptions) =>
    send(url, method, path, options);
  const operator = { clientId: 'operator', secret: templateOperatorSecret };
  const token = async (client: TestClient, parameters: Readonly<Record<string, string>> = {}) => {
    const answer = await request('POST', '/oauth/token', {
      basic: [client.clientId, client.secret],
      form: { grant_type: 'client_credentials', ...parameters },
    });
    if (answer.status !== 200)
      throw new Error(`${client.clientId} gets no token: ${answer.status} ${answer.text}`);
    return answer.body.access_token as string;
  };
  let operatorToken: Promise<string> | undefined;
  return {
    url,
    app,
    database,
    settings,
    operator,
    request,
    token,
    operatorToken() {
      operatorToken ??= token(operator);
      return operatorToken;
    },
    advanceClock(seconds) {
      aheadMs += seconds * 1000;
    },
    async close() {
      noteOutput('the metrics', await app.get(Registry, { strict: false }).metrics());
      await app.close();
      await composition.close();
      if (!sharing) await database.drop();
    },
  };
}
