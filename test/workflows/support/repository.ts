/** A user's repository on the disk, as git keeps it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files by path: their text, or null for one that is removed. */
export type Files = Readonly<Record<string, string | null>>;

export class UserRepository {
  readonly folder: string;
  /** `OWNER/REPO` on GitHub. */
  readonly name: string;

  /** Begins as a copy of a folder. */
  constructor(folder: string, { name, files }: { name: string; files: string }) {
    this.folder = folder;
    this.name = name;
    cpSync(files, folder, { recursive: true, filter: (path) => !path.endsWith('__pycache__') });
    this.git('init', '--quiet', '--initial-branch', 'main');
    this.git('config', 'user.name', 'Ada');
    this.git('config', 'user.email', 'ada@acme.example');
  }

  git(...argv: readonly string[]): string {
    return execFileSync('git', ['-C', this.folder, ...argv], { encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  /** Commits these files, with all that lies there, to a branch, which is made from `main` if it is new; returns the commit. */
  commit(files: Files, { branch = 'main', message = 'A change' } = {}): string {
    if (branch !== 'main') this.git('checkout', '--quiet', '-B', branch, 'main');
    this.write(files);
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    const commit = this.git('rev-parse', 'HEAD');
    if (branch !== 'main') this.git('checkout', '--quiet', 'main');
    return commit;
  }

  /** Merges a branch into `main` on a branch of its own, as a merge queue does; returns the commit. */
  merge(branch: string, onto: string): string {
    this.git('checkout', '--quiet', '-B', onto, 'main');
    this.git('merge', '--quiet', '--no-ff', '--no-edit', branch);
    const commit = this.git('rev-parse', 'HEAD');
    this.git('checkout', '--quiet', 'main');
    return commit;
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Writes files for the next commit. */
  write(files: Files): void {
    for (const [path, text] of Object.entries(files)) this.#write(path, text);
  }

  #write(path: string, text: string | null): void {
    const place = join(this.folder, path);
    if (text === null) {
      rmSync(place, { recursive: true });
      return;
    }
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }

  /** A fresh clone at a commit, or of what GitHub checks out for a pull request: the branch merged into `main`. */
  cloneInto(folder: string, { branch, commit = 'main' }: { branch?: string; commit?: string }): void {
    rmSync(folder, { recursive: true, force: true });
    execFileSync('git', ['clone', '--quiet', this.folder, folder], { stdio: 'pipe' });
    const merger = ['-c', 'user.name=GitHub', '-c', 'user.email=noreply@github.com'];
    const git = (...argv: string[]) =>
      execFileSync('git', ['-C', folder, ...merger, ...argv], { stdio: 'pipe' });
    git('reset', '--quiet', '--hard', commit === 'main' ? 'origin/main' : commit);
    if (branch !== undefined) git('merge', '--quiet', '--no-ff', '--no-edit', `origin/${branch}`);
    // act takes the repository's name from here.
    git('remote', 'set-url', 'origin', `https://github.com/${this.name}.git`);
  }
}
