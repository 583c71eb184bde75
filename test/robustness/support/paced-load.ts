import { Agent, request } from 'node:http';

/*
 * A process of its own that asks for tokens evenly, while it is told `true`: a generator that sends all of a second at its
 * beginning would measure its own bursts. Arguments: the URL, requests a second, the address to come from, the form.
 */
const [url = '', perSecond = '', address = '', form = ''] = process.argv.slice(2);
/** After a pause it does not make up for more. */
const mostAtOnce = 4;
const headers = {
  'content-type': 'application/x-www-form-urlencoded',
  'content-length': form.length,
  'x-forwarded-for': address,
};
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let timer: NodeJS.Timeout | undefined;

process.on('message', (isOn) => {
  clearInterval(timer);
  if (!isOn) return;
  const since = performance.now();
  let sent = 0;
  timer = setInterval(() => {
    const due = ((performance.now() - since) / 1_000) * Number(perSecond);
    for (sent = Math.max(sent, due - mostAtOnce); sent < due; sent++) ask();
  }, 1);
});
process.on('disconnect', () => process.exit(0));

function ask(): void {
  request(url, { method: 'POST', agent, headers }, (response) => response.resume())
    .on('error', () => {})
    .end(form);
}
