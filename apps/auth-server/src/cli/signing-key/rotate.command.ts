import type { SigningKey } from '#libs/keys';
import { defineCommand, jsonOption, required } from '../command.js';
import { printKeys } from './signing-key.view.js';

/** As far as a rotation can go now; the same command, later, goes on where it stopped. */
export const rotateSigningKey = defineCommand({
  name: 'signing-key rotate',
  operands: ['<alg>'],
  summary: 'Go one step on in the rotation of a key: announce, then activate and retire.',
  details: [
    'Without an announced key it announces one. When one has been announced for SIGNING_KEY_ANNOUNCE_SECONDS, it',
    'activates it. Keys of which no token can be alive are retired. Run it twice, that time apart; running it too soon',
    'changes nothing. It prints the keys that it changed.',
  ].join('\n'),
  options: { json: jsonOption },
  async run({ values, operands: [operand], open, terminal }) {
    const { keys, caller } = await open();
    const alg = required(operand);
    const known = (await keys.list(caller)).filter((key) => key.alg === alg);
    const changed = new Map<string, SigningKey>();
    const note = (key: SigningKey) => changed.set(key.kid, key);
    let announced = known.filter((key) => key.state === 'pending');
    if (announced.length === 0) {
      announced = [await keys.announce(caller, alg)];
      announced.forEach(note);
    }
    const ready = announced.filter(({ activatableAt }) => activatableAt <= new Date());
    const next = ready.pop();
    if (next) note(await keys.activate(caller, next.kid));
    else
      terminal.tell(`The announced key can be activated from ${announced[0]?.activatableAt.toISOString()}.`);
    // Those that were announced before the one that signs now will never sign.
    for (const { kid } of [...known.filter(isDone), ...ready]) note(await keys.retire(caller, kid));
    printKeys(terminal, [...changed.values()], values.json);
  },
});

function isDone({ state, retirableAt }: SigningKey): boolean {
  return state === 'retiring' && retirableAt !== null && retirableAt <= new Date();
}
