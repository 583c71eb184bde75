import type { Problem } from './environment-error.js';
import { variableNames } from './variables.js';

// Shorter names lie too close to ordinary words; the default that a typo leaves in force matters less there.
const shortestCheckedName = 8;

/** Names that look like one of ours with a slip of the finger: the default would silently stay in force. */
export function misspelledNames(env: NodeJS.ProcessEnv): Problem[] {
  const known = new Set<string>(variableNames);
  const candidates = variableNames.filter((name) => name.length >= shortestCheckedName);
  return Object.keys(env)
    .filter((name) => env[name] && !known.has(name))
    .flatMap((name) => {
      const meant = closest(name.toUpperCase(), candidates);
      return meant
        ? [{ variable: name, complaint: `is not a variable of this server. Did you mean ${meant}?` }]
        : [];
    });
}

function closest(name: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= (candidate.length < 10 ? 1 : 2))
    .sort((left, right) => left.distance - right.distance);
  return ranked[0]?.candidate;
}

/** How many characters must be inserted, left out, replaced or swapped with their neighbour. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
