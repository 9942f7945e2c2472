/**
 * `npm run test:services`: the tests in test/services, against real servers on this machine. What they need is installed
 * first, pinned, into `.cache/`. If a program cannot be installed, its tests are skipped and that is said plainly, except
 * in CI, which skips nothing.
 */
import { installGoTool } from './go-tool.ts';
import { runJest } from './jest.ts';
import { installNpmTool } from './npm-tool.ts';
import { installPythonTool } from './python-tool.ts';
import { GO_TOOLS, NPM_TOOLS, PYTHON_TOOLS } from './service-tools.ts';

const tools = [
  ...GO_TOOLS.map((tool) => ({
    label: `${tool.path} ${tool.version}`,
    needs: 'Go and its module proxy are needed',
    install: () => installGoTool(tool),
  })),
  ...PYTHON_TOOLS.map((tool) => ({
    label: `${tool.package} ${tool.version}`,
    needs: 'Python with venv, and PyPI, are needed',
    install: () => installPythonTool(tool),
  })),
  ...NPM_TOOLS.map((tool) => ({
    label: `${tool.name} ${tool.version}`,
    needs: 'npm and its registry are needed',
    install: () => installNpmTool(tool),
  })),
];
const missing = tools.filter(({ label, install }) => {
  const start = Date.now();
  const installed = install();
  const seconds = Math.round((Date.now() - start) / 1000);
  if (installed && seconds > 0) console.log(`installed ${label} in ${seconds} s`);
  return !installed;
});
for (const { label, needs } of missing) {
  const skipped = process.env.CI ? '' : ' The tests that need it are skipped.';
  console.error(`${label} could not be installed: ${needs}.${skipped}`);
}
if (missing.length > 0 && process.env.CI) process.exit(1);
const inServices = ['--testPathIgnorePatterns=/node_modules/', '--roots=<rootDir>/test/services'];
process.exit(await runJest([...process.argv.slice(2), ...inServices]));
