import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { ChildCommands } from '../../shared/host/commands.ts';
import type { CommandOptions, Commands } from '../../shared/ports/ports.ts';
import { openProgram } from '../../shared/registry/exec/program.ts';
import { execRegistry } from '../../shared/registry/exec/registry.ts';
import { MemoryClock, memoryPorts } from '../support/memory.ts';
import { exampleProgram } from '../support/python.ts';
import { registryContract } from '../support/registry-contract.ts';
import { expectSchema } from '../support/workspace.ts';

/** Runs programs on this machine, and holds what they are asked against the published schema. */
function checkedCommands(folder: string): Commands {
  const commands = new ChildCommands(folder);
  return {
    run: (argv, options: CommandOptions = {}) => {
      expectSchema('registry-request', JSON.parse(options.stdin ?? ''));
      return commands.run(argv, options);
    },
  };
}

const shown = exampleProgram();
if (shown === undefined) test.skip('the program of examples/registry-program needs python3', () => {});
else
  registryContract('exec: with the program of examples/registry-program', {
    comparesAndSets: true,
    async fresh() {
      const root = mkdtempSync(join(tmpdir(), 'exec-'));
      const { files, log } = memoryPorts();
      files.temporary = async () => mkdtempSync(join(root, 'temporary-'));
      const options = { shown, timeoutMs: 600_000 };
      return {
        open: () =>
          execRegistry(openProgram(options, { commands: checkedCommands(root), log }), {
            files,
            clock: new MemoryClock(),
          }),
        damage: ({ name, version }, path, content) =>
          writeFileSync(join(root, 'registry', name, 'versions', version, 'files', path), content),
        remove: () => rmSync(root, { recursive: true, force: true }),
      };
    },
  });
