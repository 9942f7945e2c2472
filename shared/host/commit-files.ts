import type { GitHub } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';

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
      const listed = await git('ls-tree', '--full-tree', '-lz', commit, '--', `:(literal)${path}`);
      const [, blob, size] = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t/.exec(listed) ?? [];
      if (listed === '') return null;
      if (blob === undefined || !(Number(size) <= LARGEST_FILE))
        throw new UserError({ what: 'is not a file of at most 16 MB', where: path });
      return git('cat-file', 'blob', blob);
    },
  };
}

async function gitText(cwd: string, argv: readonly string[]): Promise<string> {
  const { getExecOutput } = await import('@actions/exec');
  const options = { cwd, env: gitEnvironment(), silent: true, ignoreReturnCode: true };
  const { exitCode, stdout, stderr } = await getExecOutput('git', [...argv], options).catch((error) => {
    throw unreadable(messageOf(error));
  });
  if (exitCode === 0) return stdout;
  throw unreadable(stderr.trim().split('\n')[0] || `exit code ${exitCode}`);
}

function unreadable(reason: string): UserError {
  return new UserError({ what: `git cannot read it (${reason})` });
}

/** Git must not ask for a password, and no variable may point it to another repository. */
function gitEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^GIT_/.test(name) ? [] : [[name, value]],
  );
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0' };
}
