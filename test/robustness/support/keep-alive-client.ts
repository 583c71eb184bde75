import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What became of the requests of a client. */
export interface LoadReport {
  answered: number;
  /** Requests that were sent and not answered in full, each with what the client knows. */
  readonly lost: string[];
}

/** Sends one request after the other on a connection that it keeps, until the server tells it to leave or closes it. */
export async function sendUntilToldToLeave(url: string, message: string, report: LoadReport): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  // Closed before a request is sent: nothing is lost.
  for (let number = 1; socket.readyState === 'open'; number++) {
    const { isWhole, received } = await exchange(socket, message);
    if (isWhole) report.answered++;
    else report.lost.push(`request ${number} of its connection, after ${received.length} bytes`);
    if (!isWhole || /^connection: close\r$/im.test(received)) socket.destroy();
  }
}

async function exchange(socket: Socket, message: string): Promise<{ isWhole: boolean; received: string }> {
  let received = '';
  return new Promise((resolve) => {
    const settle = (isWhole: boolean) => {
      socket.off('data', read).off('close', close);
      resolve({ isWhole, received });
    };
    const read = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (isWholeAnswer(received)) settle(true);
    };
    const close = () => settle(false);
    socket.on('data', read).on('close', close);
    if (socket.destroyed) close();
    else socket.write(message);
  });
}

function isWholeAnswer(received: string): boolean {
  const headEnd = received.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)\r$/im.exec(received)?.[1];
  return headEnd !== -1 && received.length >= headEnd + 4 + Number(length);
}
