/*
 * What the process above the workers and its workers say to each other.
 */

/** Tells a worker to end. */
export const endOrder = { kind: 'end' } as const;

/** A worker asks for the figures of all. */
export interface MetricsRequest {
  readonly kind: 'metrics';
  readonly id: number;
}

/** They, or why there are none. */
export interface MetricsAnswer {
  readonly kind: 'metrics';
  readonly id: number;
  text?: string;
  error?: string;
}

export function isEndOrder(message: unknown): boolean {
  return kindOf(message) === 'end';
}

export function isMetricsRequest(message: unknown): message is MetricsRequest {
  return kindOf(message) === 'metrics';
}

export function isMetricsAnswer(message: unknown): message is MetricsAnswer {
  return kindOf(message) === 'metrics';
}

function kindOf(message: unknown): unknown {
  return (message as { kind?: unknown } | null | undefined)?.kind;
}
