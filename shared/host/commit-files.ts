import { execFile } from 'node:child_process';
import type { GitHub } from '../ports/ports.ts';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';

/** Reads files of commits. */
export interface CommitFiles {
  /**
   * @param commit its full name, in hexadecimal digits.
   * @param path from the repository's root, with `/`.
   * @returns the text; null if the commit exists and does not have the file.
   * @throws UserError if the commit cannot be read.
   */
  text(commit: string, path: string): Promise<string | null>;
}

const GIT_TIMEOUT_MS = 60_000;
const LARGEST_FILE = 16 * 1024 * 1024;

/** Reads from GitHub's API, with a token that has `contents: read`. */
export function gitHubCommits(open: () => Promise<GitHub>): CommitFiles {
  return {
    async text(commit, path) {
      const github = await open();
      const encoded = path.split('/').map(encodeURIComponent).join('/');
      const file = await github.request(`GET /repos/{owner}/{repo}/contents/${encoded}`, { ref: commit });
      if (file.status === 200) return contentOf(file.data, path);
      // GitHub also answers 404 if the token may not see the repository.
      const itself = file.status === 404 ? await github.request(COMMIT, { commit }) : file;
      if (itself.status === 200) return null;
      throw new UserError({ what: `GitHub answers ${itself.status} for the commit ${commit}` });
    },
  };
}

const COMMIT = 'GET /repos/{owner}/{repo}/git/commits/{commit}';

/** GitHub sends files of up to 1 MB in base64. For anything else it sends a description. */
function contentOf(data: unknown, path: string): string {
  const { type, encoding, content } = (data ?? {}) as Record<string, unknown>;
  if (type !== 'file' || encoding !== 'base64' || typeof content !== 'string')
    throw new UserError({ what: 'is not a file of at most 1 MB', where: path });
  return Buffer.from(content, 'base64').toString('utf8');
}

/** Reads from the repository on this disk. */
export function localCommits(root: string): CommitFiles {
  const git = (...argv: readonly string[]) => gitText(root, argv);
  return {
    async text(commit, path) {
      if ((await git('cat-file', '-t', commit)).trim() !== 'commit')
        throw new UserError({ what: `${commit} is not a commit` });
      const listed = await git('ls-tree', '--full-tree', '-z', commit, '--', `:(literal)${path}`);
      const [, kind, blob] = /^100(644|755) blob ([0-9a-f]+)\t/.exec(listed) ?? [];
      if (listed === '') return null;
      if (kind === undefined || blob === undefined)
        throw new UserError({ what: 'is not a file', where: path });
      return git('cat-file', 'blob', blob);
    },
  };
}

function gitText(cwd: string, argv: readonly string[]): Promise<string> {
  const options = { cwd, timeout: GIT_TIMEOUT_MS, maxBuffer: LARGEST_FILE, env: gitEnvironment() };
  return new Promise((resolve, reject) => {
    execFile('git', [...argv], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const [said = ''] = stderr.trim().split('\n');
      const reason = said === '' ? (systemCode(error) ?? messageOf(error)) : said;
      reject(new UserError({ what: `git cannot read it (${reason})` }));
    });
  });
}

/** Git must not ask for a password, and no variable may point it to another repository. */
function gitEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^GIT_/.test(name));
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0' };
}
