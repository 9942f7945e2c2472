import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';
import { type GoTool, programOf } from '../../scripts/go-tool.ts';
import { hasNpmTool, type NpmTool } from '../../scripts/npm-tool.ts';
import { hasPythonTool, type PythonTool } from '../../scripts/python-tool.ts';
import { CRANE, ORAS } from '../../scripts/service-tools.ts';

/** What crane prints; it speaks HTTP to the loopback interface. @throws Error with its error stream. */
export function crane(...args: readonly string[]): Promise<string> {
  return printed(CRANE, args);
}

/** What oras prints, as JSON. @throws Error with its error stream. */
export async function oras<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await printed(ORAS, [...args, '--plain-http', '--format', 'json'])) as T;
}

async function printed(tool: GoTool, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(programOf(tool), [...args], { maxBuffer: 2 ** 26 });
  return stdout.trimEnd();
}

/** `describe`, or `describe.skip` if a program that the tests need could not be installed (never in CI). */
export function describeWith(
  ...tools: readonly (GoTool | NpmTool | PythonTool)[]
): typeof describe | typeof describe.skip {
  const isThere = (tool: GoTool | NpmTool | PythonTool) =>
    'package' in tool
      ? hasPythonTool(tool)
      : 'script' in tool
        ? hasNpmTool(tool)
        : existsSync(programOf(tool));
  return tools.every(isThere) ? describe : describe.skip;
}
