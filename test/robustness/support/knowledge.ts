import type { TestServer } from '../../support/server.js';
import { plantedSecret } from './hostile-values.js';
import { type ApiDescription, examplesOf, type Operation } from './operations.js';

/** What exists in a world, by the place in a path where its id belongs, or else by its name. */
export class Knowledge {
  private readonly byPlace = new Map<string, string>();
  private turn = 0;

  constructor(private readonly byName: Map<string, string>) {}

  /** Something that goes by that name: `clientId`; anything that there is when nothing does. */
  lookUp(name: string): string {
    const everything = [...this.byName.values()].filter((value) => value !== plantedSecret);
    return this.byName.get(keyOf(name)) ?? (everything[this.turn++ % everything.length] as string);
  }

  /** The path of an operation with what exists in the place of its parameters. */
  fillPath(path: string, replace: (name: string, known: string) => string = (_, known) => known): string {
    return path.replaceAll(/\{(\w+)\}/g, (match, name: string, offset: number) => {
      const place = path.slice(0, offset) + match;
      return replace(name, encodeURIComponent(this.byPlace.get(place) ?? this.lookUp(name)));
    });
  }

  /**
   * Has the surfaces other than the native one make things by their documented examples, parents first, and keeps
   * what they answer for the paths below.
   *
   * @param adapt changes the examples before they are sent
   */
  async learn(
    server: TestServer,
    { operations }: ApiDescription,
    token: string,
    adapt: (example: unknown) => unknown = (example) => example,
  ): Promise<void> {
    for (const { parameters } of operations) this.learnChoices(parameters);
    const foreign = operations.filter(({ path }) => !path.startsWith('/oauth/'));
    const parents = foreign.filter(({ path }) => foreign.some((other) => idOf(path, other.path)));
    for (const operation of parents.sort((a, b) => a.path.length - b.path.length)) {
      const { method, path, requestBody } = operation;
      const [example] = examplesOf(requestBody?.content['application/json'] ?? {});
      const json = adapt(example);
      if (method !== 'GET' && (method !== 'POST' || json === undefined)) continue;
      const { status, body } = await server.request(method, this.fillPath(path), {
        token,
        ...(method === 'POST' && { json }),
      });
      if (status < 300) this.remember(path, Array.isArray(body) ? body[0] : body, foreign);
    }
  }

  /** Looks at every list once: some surfaces make what each organization has when somebody looks first. */
  async visitLists(server: TestServer, { operations }: ApiDescription, token: string): Promise<void> {
    for (const { method, path, parameters } of operations) {
      const isFixed = parameters.every((parameter) => parameter.in !== 'path' || parameter.schema?.enum);
      if (method === 'GET' && isFixed) await server.request(method, this.fillPath(path), { token });
    }
  }

  private learnChoices(parameters: Operation['parameters']): void {
    for (const { name, schema } of parameters) {
      const [first] = schema?.enum ?? [];
      if (typeof first === 'string' && !this.byName.has(keyOf(name))) this.byName.set(keyOf(name), first);
    }
  }

  private remember(parent: string, answer: unknown, operations: readonly Operation[]): void {
    if (typeof answer !== 'object' || answer === null) return;
    const members = Object.entries(answer).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const called = (wanted: string) => members.find(([name]) => keyOf(name) === wanted)?.[1];
    for (const { path } of operations) {
      const name = idOf(parent, path);
      const value = name && (called('id') ?? called(keyOf(name)));
      if (value) this.byPlace.set(`${parent}/{${name}}`, value);
      if (name && value && !this.byName.has(keyOf(name))) this.byName.set(keyOf(name), value);
    }
  }
}

/** The name of the parameter that comes right after the parent in the path, if that is so. */
function idOf(parent: string, path: string): string | undefined {
  if (!path.startsWith(`${parent}/{`)) return undefined;
  return /^\w+/.exec(path.slice(parent.length + 2))?.[0];
}

/** The surfaces spell the same name in several ways. */
function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
