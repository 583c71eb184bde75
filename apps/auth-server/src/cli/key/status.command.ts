import { defineCommand, jsonOption } from '../command.js';
import { table } from '../table.js';

/** How many values of one kind need one key. */
interface Need {
  readonly variable: 'MASTER_KEY' | 'SECRET_PEPPER';
  /** The name of the key by which stored values refer to it. */
  readonly key: string;
  readonly state: 'current' | 'old' | 'missing';
  /** Null: the key is given and nothing needs it. */
  readonly kind: string | null;
  readonly count: number;
}

export const showKeyStatus = defineCommand({
  name: 'key status',
  operands: [],
  summary: 'Count what needs which master key and which pepper.',
  details: 'Keys are named by their fingerprints. An old key that nothing needs can be taken away.',
  options: { json: jsonOption },
  async run({ values, open, terminal }) {
    const { sealedValues, peppers } = await open();
    const [sealed, secrets] = await Promise.all([sealedValues.countAll(), peppers.countAll()]);
    const needs = [
      ...needsOf('MASTER_KEY', sealedValues.masterKeyIds, sealed.map(fromSealed)),
      ...needsOf(
        'SECRET_PEPPER',
        peppers.pepperIds,
        secrets.map(({ pepperId: key, count }) => ({ key, kind: 'secret', count })),
      ),
    ];
    if (values.json) {
      terminal.printJson(needs);
      return;
    }
    const rows = needs.map(({ variable, key, state, kind, count }) => [
      variable,
      key,
      state,
      kind ?? '-',
      `${count}`,
    ]);
    terminal.print(table([['VARIABLE', 'KEY', 'STATE', 'WHAT NEEDS IT', 'COUNT'], ...rows]));
    for (const { variable, key, state, count } of needs)
      if (state === 'old' && count === 0)
        terminal.tell(`Nothing needs ${key} any more: take it out of ${variable}.`);
  },
});

function fromSealed({ kind, masterKeyId, count }: { kind: string; masterKeyId: string; count: number }) {
  return { key: masterKeyId, kind, count };
}

/** The keys that are given, in their order, and then those that are not given and needed. */
function needsOf(
  variable: Need['variable'],
  given: readonly string[],
  found: readonly { key: string; kind: string; count: number }[],
): Need[] {
  const missing = found.map(({ key }) => key).filter((key) => !given.includes(key));
  return [...given, ...new Set(missing)].flatMap((key): Need[] => {
    const state = key === given[0] ? 'current' : given.includes(key) ? 'old' : 'missing';
    const ofKey = found.filter((one) => one.key === key);
    if (ofKey.length === 0) return [{ variable, key, state, kind: null, count: 0 }];
    return ofKey.map(({ kind, count }) => ({ variable, key, state, kind, count }));
  });
}
