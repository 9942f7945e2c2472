import type { Problem } from '../problem/problem.ts';
import type { Check, Location } from '../verdict/verdict.ts';

/** What the doctor looks at; each is a check, which passes if nothing is found. */
export const SUBJECTS = {
  config: { id: 'setup.config', sound: 'ml-loop.yml is read, and all its inputs are allowed' },
  workflows: { id: 'setup.workflows', sound: 'workflows use ml-loop' },
  version: { id: 'setup.version', sound: 'each use of ml-loop names a version' },
  inputs: { id: 'setup.inputs', sound: 'inputs, stages and models of the workflows are known' },
  sections: { id: 'setup.sections', sound: 'ml-loop.yml has the sections that the workflows need' },
  permissions: { id: 'setup.permissions', sound: 'jobs have the permissions that they need' },
  secrets: { id: 'setup.secrets', sound: 'no job gets more secrets than it names' },
  checkout: {
    id: 'setup.checkout',
    sound: 'checkouts keep no token, and run no stranger’s code with rights',
  },
  triggers: { id: 'setup.triggers', sound: 'schedules, dispatches and workflow_run have their counterparts' },
  concurrency: { id: 'setup.concurrency', sound: 'nothing cancels a release' },
  paths: { id: 'setup.paths', sound: 'the files that ml-loop.yml names are there' },
  storage: { id: 'setup.storage', sound: 'state and registry outlive the jobs' },
  runner: { id: 'setup.runner', sound: 'runners exist and know what the workflows use' },
  environments: { id: 'setup.environments', sound: 'environments exist, and approvals have reviewers' },
  github: { id: 'setup.github', sound: 'the repository’s settings fit' },
} as const;

export type SetUpSubject = keyof typeof SUBJECTS;

/** A fault of a set-up, with its place and its fix. */
export interface Finding {
  readonly about: SetUpSubject;
  readonly status: 'warn' | 'inconclusive' | 'fail';
  readonly what: string;
  readonly fix: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** The checks of a verdict: one a finding, and one that passes for each subject that was looked at without one. */
export function findingChecks(findings: readonly Finding[], lookedAt: readonly SetUpSubject[]): Check[] {
  const found = findings.map(({ about, status, what, fix, file, line }): Check => {
    const place: Location[] = file === undefined ? [] : [{ file, ...(line === undefined ? {} : { line }) }];
    return {
      id: SUBJECTS[about].id,
      status,
      message: what,
      fix,
      ...(place.length === 0 ? {} : { locations: place }),
    };
  });
  const sound = lookedAt.filter((about) => !findings.some((finding) => finding.about === about));
  return [
    ...found,
    ...sound.map(
      (about): Check => ({ id: SUBJECTS[about].id, status: 'pass', message: SUBJECTS[about].sound }),
    ),
  ];
}

/** A problem of a reader as a finding: its place is `FILE:LINE …`, or a name. */
export function findingOf(about: SetUpSubject, { what, where, fix }: Problem): Finding {
  const [, file, line, rest = ''] = /^([^\s:]+):(\d+)(.*)$/.exec(where ?? '') ?? [];
  const subject = file === undefined ? (where ?? '') : rest.trim();
  return {
    ...{ about, status: 'fail' as const },
    what: subject === '' ? what : `${subject}: ${what}`,
    fix: fix ?? 'correct it',
    ...(file === undefined ? {} : { file, line: Number(line) }),
  };
}
