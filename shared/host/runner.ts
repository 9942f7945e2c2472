import { error, getInput, info, notice, setOutput, setSecret, summary, warning } from '@actions/core';
import type { Surface } from './surface.ts';

const ANNOTATE = { error, warning, notice } as const;

/** The surface of a workflow step: inputs from `INPUT_*`, outputs and the summary into GitHub's files. */
export function runnerSurface(env: NodeJS.ProcessEnv): Surface {
  const masked = new Set<string>();
  return {
    log: { info: (message) => info(harmless(message)) },
    runner: {
      github: env.GITHUB_ACTIONS === 'true',
      hosted: env.RUNNER_ENVIRONMENT === 'github-hosted',
      event: env.GITHUB_EVENT_NAME,
    },
    given: (table) => ({
      values: Object.fromEntries(Object.keys(table).map((name) => [name, getInput(name)])),
      where: (name) => `input ${name}`,
    }),
    mask: (secret) => {
      if (!masked.has(secret)) setSecret(secret);
      masked.add(secret);
    },
    annotate: ({ level, title, message, file, startLine, endLine }) => {
      const properties = {
        title,
        ...(file === undefined ? {} : { file }),
        ...(startLine === undefined ? {} : { startLine }),
        ...(endLine === undefined ? {} : { endLine }),
      };
      ANNOTATE[level](message, properties);
    },
    summarise: async (markdown) => {
      // Without the file (a step outside of GitHub), the log holds the news.
      if (env.GITHUB_STEP_SUMMARY) await summary.addRaw(markdown, true).write();
    },
    output: setOutput,
  };
}

/** A runner takes a line that begins with `::`, or holds `##[`, for a command: file names and programs may hold them. */
function harmless(message: string): string {
  return message.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');
}
