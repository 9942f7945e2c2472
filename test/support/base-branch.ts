import { execFileSync } from 'node:child_process';
import type { Workspace } from './workspace.ts';

/** Commits what the workspace holds as the base branch; returns the event of a pull request into it. */
export function pullRequestInto(space: Workspace) {
  const git = (...argv: string[]) => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
    return execFileSync('git', [...who, ...argv], { cwd: space.folder, encoding: 'utf8' }).trim();
  };
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'base', '--allow-empty');
  const base = { sha: git('rev-parse', 'HEAD') };
  return { name: 'pull_request', payload: { pull_request: { number: 7, base } } };
}
