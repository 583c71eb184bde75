import type { NetworkRefusal } from '#libs/credentials';
import type { NetworkReportAnswer } from './network-report.dto.js';

/** The report as it is answered. */
export function toNetworkReport(refusals: readonly NetworkRefusal[]): NetworkReportAnswer {
  return {
    refused: countOf(refusals, 'enforce'),
    wouldRefuse: countOf(refusals, 'shadow'),
    entries: refusals.map(({ credentialId, level, mode, address, count, firstSeenAt, lastSeenAt }) => ({
      credentialId,
      level,
      mode,
      address: address || null,
      count,
      firstSeenAt: firstSeenAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
    })),
  };
}

function countOf(refusals: readonly NetworkRefusal[], mode: string): number {
  return refusals.reduce((sum, refusal) => sum + (refusal.mode === mode ? refusal.count : 0), 0);
}
