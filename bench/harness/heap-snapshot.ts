import { readFile } from 'node:fs/promises';

/** How many objects of a kind there are, and what they take themselves. */
interface Kind {
  readonly count: number;
  readonly bytes: number;
}

/** A kind of objects of which there are more than before. */
export interface Growth {
  readonly kind: string;
  readonly objects: number;
  readonly kilobytes: number;
}

/** The form in which V8 writes a heap: numbers in groups of one length. */
interface Snapshot {
  readonly snapshot: { readonly meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } };
  readonly nodes: number[];
  readonly strings: string[];
}

/** What has grown between two heap snapshots by at least so much, most first. @param leastKilobytes per kind */
export async function growthBetween(
  firstFile: string,
  lastFile: string,
  leastKilobytes = 100,
): Promise<Growth[]> {
  const [first, last] = [await kindsOf(firstFile), await kindsOf(lastFile)];
  return [...last]
    .map(([kind, { count, bytes }]): Growth => {
      const before = first.get(kind) ?? { count: 0, bytes: 0 };
      return { kind, objects: count - before.count, kilobytes: Math.round((bytes - before.bytes) / 1024) };
    })
    .filter(({ kilobytes }) => kilobytes >= leastKilobytes)
    .sort((a, b) => b.kilobytes - a.kilobytes);
}

async function kindsOf(file: string): Promise<Map<string, Kind>> {
  const { snapshot, nodes, strings } = JSON.parse(await readFile(file, 'utf8')) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, nameAt, sizeAt] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field)) as [
    number,
    number,
    number,
  ];
  const kinds = new Map<string, Kind>();
  for (let node = 0; node < nodes.length; node += fields.length) {
    const type = types[0][nodes[node + typeAt] as number] as string;
    // Of strings and numbers the name is their value.
    const isValue = type.includes('string') || type === 'number';
    const kind = isValue ? type : `${type} ${(strings[nodes[node + nameAt] as number] ?? '').slice(0, 60)}`;
    const { count, bytes } = kinds.get(kind) ?? { count: 0, bytes: 0 };
    kinds.set(kind, { count: count + 1, bytes: bytes + (nodes[node + sizeAt] as number) });
  }
  return kinds;
}
