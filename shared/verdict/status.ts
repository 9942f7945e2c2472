/** Statuses in order of severity. `inconclusive` means that the evidence cannot decide. */
export const STATUSES = ['pass', 'warn', 'inconclusive', 'fail'] as const;
export type Status = (typeof STATUSES)[number];

/** 0 for `pass` to 3 for `fail`. */
export function severity(status: Status): number {
  return STATUSES.indexOf(status);
}

/** The worst of the statuses; `inconclusive` if there are none, for nothing was judged. */
export function worst(statuses: readonly Status[]): Status {
  if (statuses.length === 0) return 'inconclusive';
  return statuses.reduce((a, b) => (severity(b) > severity(a) ? b : a));
}

/** What a later gate takes for a pass, whatever `fail-on` was. */
export function isPassing(status: Status): boolean {
  return status === 'pass' || status === 'warn';
}

export const FAIL_ON = ['warn', 'inconclusive', 'fail', 'never'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** Exit codes of every action and of the command line. */
export const EXIT = { ok: 0, policy: 1, user: 2, defect: 3, interrupted: 130, terminated: 143 } as const;

/** 1 if the status is at least as severe as the policy's, otherwise 0. */
export function exitCode(status: Status, failOn: FailOn): number {
  if (failOn === 'never') return EXIT.ok;
  return severity(status) >= severity(failOn) ? EXIT.policy : EXIT.ok;
}
