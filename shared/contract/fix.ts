/**
 * A fix of data that break the contract: how to correct the data, then the smallest change of the contract that would
 * accept them, for a reviewer to copy.
 */
export function fixOf(correct: string, change: string): string {
  return `${correct}; only if the data are right, change the contract: ${change}`;
}
