import { execFile } from 'node:child_process';
import type { GitHub } from '../ports/ports.ts';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';

/** Reads files of commits. */
export interface CommitFiles {
  /**
   * @param commit its full name, in hexadecimal digits.
   * @param path from the repository's root, with `/`.
   * @returns the text; null if the commit is there and has no such file.
   * @throws UserError if the commit cannot be read.
   */
  text(commit: string, path: string): Promise<string | null>;
}

const GIT_TIMEOUT_MS = 60_000;
const LARGEST_FILE = 16 * 1024 * 1024;

/** The commits that GitHub has; it needs a token with `contents: read`. */
export function gitHubCommits(open: () => Promise<GitHub>): CommitFiles {
  return {
    async text(commit, path) {
      const github = await open();
      const encoded = path.split('/').map(encodeURIComponent).join('/');
      const file = await github.request(`GET /repos/{owner}/{repo}/contents/${encoded}`, { ref: commit });
      if (file.status === 200) return contentOf(file.data, path);
      // GitHub answers 404 for what is not there, and for what the token may not see.
      const itself = file.status === 404 ? await github.request(COMMIT, { commit }) : file;
      if (itself.status === 200) return null;
      throw new UserError({ what: `GitHub answers ${itself.status} for the commit ${commit}` });
    },
  };
}

const COMMIT = 'GET /repos/{owner}/{repo}/git/commits/{commit}';

/** GitHub sends a file of up to 1 MB in base64, and describes anything else. */
function contentOf(data: unknown, path: string): string {
  const { type, encoding, content } = (data ?? {}) as Record<string, unknown>;
  if (type !== 'file' || encoding !== 'base64' || typeof content !== 'string')
    throw new UserError({ what: 'is no file of at most 1 MB', where: path });
  return Buffer.from(content, 'base64').toString('utf8');
}

/** The commits that the repository on this disk has. */
export function localCommits(root: string): CommitFiles {
  const git = (...argv: readonly string[]) => gitText(root, argv);
  return {
    async text(commit, path) {
      if ((await git('cat-file', '-t', commit)).trim() !== 'commit')
        throw new UserError({ what: `${commit} is no commit` });
      const listed = await git('ls-tree', '--full-tree', '-z', commit, '--', `:(literal)${path}`);
      const [, kind, blob] = /^100(644|755) blob ([0-9a-f]+)\t/.exec(listed) ?? [];
      if (listed === '') return null;
      if (kind === undefined || blob === undefined) throw new UserError({ what: 'is no file', where: path });
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

/** Without questions for a password, and without variables that point git to another repository. */
function gitEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^GIT_/.test(name));
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0' };
}
