import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { strangersBodyLimitBytes } from '#app/http/parsing/body-limits';
import { generateSecret } from '#libs/credentials';
import type { TestClient } from '../../support/server.js';
import { formMediaType } from '../../support/token-requests.js';
import type { FloodedServer } from './flooded-server.js';

/** How hard each flood is. */
export interface FloodSize {
  readonly wrongSecretsPerSecond: number;
  readonly sockets: number;
  readonly chosenSecrets: number;
  readonly bodiesPerSecond: number;
}

type Flood = (signal: AbortSignal) => Promise<unknown>;

const form = { 'content-type': formMediaType, 'x-forwarded-for': '198.51.100.1' };
const json = { 'content-type': 'application/json', 'x-forwarded-for': '198.51.100.2' };
const megabyte = 1_000_000;
const headersAtOnce = 8;
/** Takes an access token, which these do not have. */
const guarded = '/oauth/customers/X/clients';
/** Takes JSON from anybody. */
const open = '/platform/clientauth/token';

function arrayOf(bytes: number): string {
  return JSON.stringify(Array(Math.floor(bytes / 10) - 1).fill('fill-up'));
}

/** The floods by name, each going on until it is told to end. */
export function floodsOf(server: FloodedServer, size: FloodSize): Readonly<Record<string, Flood>> {
  const { wrongSecretsPerSecond: rate, sockets, chosenSecrets, bodiesPerSecond } = size;
  const grant = 'grant_type=client_credentials';
  const guess = (body: string): Flood => {
    const bombardment = { path: '/oauth/token', headers: form, body: `${grant}&${body}`, rate };
    return (signal) => server.bombard(bombardment, signal);
  };
  const { clientId } = server.goodClient;
  const bodies = (path: string, body: string | Buffer, more = {}): Flood => {
    const headers = { ...json, ...more };
    const bombardment = { path, headers, body, rate: bodiesPerSecond, connections: 4 };
    return (signal) => server.bombard(bombardment, signal);
  };
  return {
    'wrong secrets for one client': guess(`client_id=${clientId}&client_secret=[<id>]-wrong`),
    'wrong secrets of the generated form for one client': guess(
      `client_id=${clientId}&client_secret=${generateSecret()}`,
    ),
    'wrong secrets spread over many clients': guess('client_id=nobody-[<id>]&client_secret=wrong'),
    'secrets of the generated form of clients that do not exist': guess(
      `client_id=nobody-[<id>]&client_secret=${generateSecret()}`,
    ),
    'logins with chosen secrets': (signal) => logInByChosenSecrets(server, chosenSecrets, signal),
    'sockets on which nothing comes, or half a request': (signal) => holdSockets(server, sockets, signal),
    'headers that are too large': (signal) => sendLargeHeaders(server, signal),
    'bodies of a megabyte': bodies(guarded, arrayOf(megabyte)),
    'bodies as large as strangers may send': bodies(open, arrayOf(strangersBodyLimitBytes)),
    'bodies that are nested deeply': bodies(open, '['.repeat(strangersBodyLimitBytes)),
    'compressed bodies that would be large': bodies(open, gzipSync(Buffer.alloc(50 * megabyte)), {
      'content-encoding': 'gzip',
    }),
  };
}

/** Each for the first time, so that each costs a slow hash; then others with wrong ones. */
async function logInByChosenSecrets(
  server: FloodedServer,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const secrets = Array.from({ length: count }, (_, n) => `a chosen secret, number ${n}`);
  const clients: TestClient[] = [];
  for (const secret of secrets) clients.push(await server.createChosen(secret));
  for (let round = 0; !signal.aborted; round++) {
    await Promise.all(
      clients.map(({ clientId, secret }, n) =>
        server.request('POST', '/oauth/token', {
          basic: [clientId, round === 0 ? secret : `wrong ${round}`],
          form: { grant_type: 'client_credentials' },
          headers: { 'x-forwarded-for': `203.0.${round % 256}.${n % 256}` },
        }),
      ),
    );
  }
}

/** The server closes the connection after each. */
async function sendLargeHeaders({ url }: FloodedServer, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(url);
  const head = `POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n${'X-Padding: much\r\n'.repeat(2_000)}`;
  const sendOn = async () => {
    while (!signal.aborted) {
      const socket = connect(Number(port), hostname).resume();
      socket.on('error', () => undefined);
      socket.write(head);
      await once(socket, 'close').catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: headersAtOnce }, sendOn));
}

async function holdSockets(server: FloodedServer, count: number, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(server.url);
  const sockets: Socket[] = [];
  const halves = [
    '',
    'POST /oauth/token HTTP/1.1\r\nHost: loc',
    'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
      'Content-Length: 1000\r\n\r\ngrant',
  ];
  for (let number = 0; number < count && !signal.aborted; number++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    sockets.push(socket);
    socket.write(halves[number % halves.length] as string);
    // The queue of connections that wait to be accepted is short.
    if (number % 100 === 99 && socket.connecting) await once(socket, 'connect').catch(() => undefined);
  }
  while (!signal.aborted) {
    await wait(100);
    // A byte now and then, as a slow client sends it.
    for (const socket of sockets) if (socket.writable && Math.random() < 0.01) socket.write('x');
  }
  for (const socket of sockets) socket.destroy();
}
