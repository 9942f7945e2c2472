/**
 * `npm run test:workflows`: the tests in test/workflows, which run the workflows and templates with act. What they need is
 * installed first, pinned, into `.cache/`.
 */
import { installGoTool } from './go-tool.ts';
import { runJest } from './jest.ts';
import { installPythonTool } from './python-tool.ts';
import { ACT, SCIKIT_LEARN } from './workflow-tools.ts';

if (!installGoTool(ACT)) fail(`act ${ACT.version} could not be built: Go and its module proxy are needed.`);
if (!installPythonTool(SCIKIT_LEARN))
  fail(
    `scikit-learn ${SCIKIT_LEARN.version} could not be installed: Python with venv, and PyPI, are needed.`,
  );
const inWorkflows = ['--testPathIgnorePatterns=/node_modules/', '--roots=<rootDir>/test/workflows'];
process.exit(await runJest([...process.argv.slice(2), ...inWorkflows]));

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
